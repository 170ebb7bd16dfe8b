<?php
// PHP's zmq extension: REQ/REP, PUSH/PULL, ZMQPoll, CURVE keys as options, and errors as exceptions.
function must($holds, $otherwise) {
    if (!$holds) {
        fwrite(STDERR, "failed: $otherwise\n");
        exit(1);
    }
}

$context = new ZMQContext();
$rep = $context->getSocket(ZMQ::SOCKET_REP);
$rep->bind('tcp://127.0.0.1:*');
$req = $context->getSocket(ZMQ::SOCKET_REQ);
$req->connect($rep->getSockOpt(ZMQ::SOCKOPT_LAST_ENDPOINT));
$asked = new ZMQPoll();
$asked->add($rep, ZMQ::POLL_IN);
$answered = new ZMQPoll();
$answered->add($req, ZMQ::POLL_IN);
$readable = $writable = [];
for ($turn = 1; $turn <= 100; ++$turn) {
    $req->sendMulti(["question", str_repeat("\0\xff", $turn)]);
    must($asked->poll($readable, $writable, 40000) == 1 && $readable[0] === $rep, "no question in turn $turn");
    must($rep->recvMulti() === ["question", str_repeat("\0\xff", $turn)], "another question in turn $turn");
    $rep->send("answer $turn");
    must($answered->poll($readable, $writable, 40000) == 1 && $readable[0] === $req, "no answer in turn $turn");
    must($req->recv() === "answer $turn", "another answer in turn $turn");
}

$pull = $context->getSocket(ZMQ::SOCKET_PULL);
$pull->setSockOpt(ZMQ::SOCKOPT_RCVHWM, 5);
$pull->bind('ipc://pull');
must($pull->getSockOpt(ZMQ::SOCKOPT_RCVHWM) === 5, 'an option is not kept');
must($pull->recv(ZMQ::MODE_DONTWAIT) === false, 'nothing was there, and it was received');
try {
    $rep->send('out of turn');
    must(false, 'a REP speaks out of turn');
} catch (ZMQSocketException $error) {
    must($error->getCode() === 156384763, "EFSM came as {$error->getCode()}");
}
echo "php-zmq: 100 turns through ZMQPoll, options, EFSM\n";
