# Perl's ZMQ::FFI: REQ/REP, PUB/SUB, CURVE, and an error as an exception.
use v5.36;
use ZMQ::FFI qw(ZMQ_REQ ZMQ_REP ZMQ_XPUB ZMQ_SUB ZMQ_CURVE_SERVER ZMQ_CURVE_PUBLICKEY ZMQ_CURVE_SECRETKEY ZMQ_CURVE_SERVERKEY ZMQ_RCVTIMEO);

sub must ($holds, $otherwise) { $holds or die "failed: $otherwise\n" }

# Left alone it looks for the library's file and opens that, wherever LD_LIBRARY_PATH points.
my $context = ZMQ::FFI->new(soname => 'libzmq.so.5');
my ($server_public, $server_secret) = $context->curve_keypair();
my ($public, $secret) = $context->curve_keypair();

my $rep = $context->socket(ZMQ_REP);
$rep->set(ZMQ_RCVTIMEO, 'int', 40000);
$rep->set(ZMQ_CURVE_SERVER, 'int', 1);
$rep->set(ZMQ_CURVE_SECRETKEY, 'string', $server_secret);
$rep->bind('ipc://rep');
my $req = $context->socket(ZMQ_REQ);
$req->set(ZMQ_RCVTIMEO, 'int', 40000);
$req->set(ZMQ_CURVE_SERVERKEY, 'string', $server_public);
$req->set(ZMQ_CURVE_PUBLICKEY, 'string', $public);
$req->set(ZMQ_CURVE_SECRETKEY, 'string', $secret);
$req->connect('ipc://rep');
for my $turn (1 .. 100) {
    $req->send_multipart(['question', "\0\xff" x $turn]);
    my @question = $rep->recv_multipart();
    must(@question == 2 && $question[1] eq "\0\xff" x $turn, "another question in turn $turn");
    $rep->send("answer $turn");
    must($req->recv() eq "answer $turn", "another answer in turn $turn");
}

my $xpub = $context->socket(ZMQ_XPUB);
$xpub->bind('inproc://topics');
my $sub = $context->socket(ZMQ_SUB);
$sub->set(ZMQ_RCVTIMEO, 'int', 40000);
$sub->connect('inproc://topics');
$sub->subscribe('b');
must($xpub->recv() eq "\1b", 'no subscription');
$xpub->send($_) for 'a1', 'b1', 'a2', 'b2';
must($sub->recv() . $sub->recv() eq 'b1b2', 'not what was subscribed to');

eval { $xpub->bind('nonsense://') };
must($@ =~ /Protocol not supported|Invalid argument/, "a bad endpoint was answered with '$@'");
say 'ZMQ::FFI on ', join('.', $context->version()), ': 100 turns over CURVE, PUB/SUB, an error';
