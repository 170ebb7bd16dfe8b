import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.zeromq.ZMQ;

/** The peer of the contract in README.md on JeroMQ 0.3.6, which speaks ZMTP 2.0: SCENARIO TYPE OTHER bind|connect ENDPOINT. */
final class JeromqPeer {
    private static final int[] SIZES = {0, 1, 33, 255, 256, 8192, 65536};
    private static final int COUNT = 42;
    private static final int UNSUPPORTED = 127;
    private static final Map<String, Integer> TYPES = Map.of(
            "req", ZMQ.REQ, "rep", ZMQ.REP, "push", ZMQ.PUSH, "pull", ZMQ.PULL, "pub", ZMQ.PUB, "sub", ZMQ.SUB,
            "dealer", ZMQ.DEALER, "router", ZMQ.ROUTER);

    private final ZMQ.Socket socket;
    private final String type;
    private final String other;
    private final boolean binds;
    private final StringBuilder input = new StringBuilder();

    private JeromqPeer(ZMQ.Socket socket, String type, String other, boolean binds) {
        this.socket = socket;
        this.type = type;
        this.other = other;
        this.binds = binds;
    }

    // The runner's lines.

    private static void sayLine(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** Has the runner passed on this word? Does not wait. */
    private boolean told(String word) throws java.io.IOException {
        while (System.in.available() > 0) {
            int next = System.in.read();
            if (next != '\n') {
                input.append((char) next);
                continue;
            }
            String line = input.toString();
            input.setLength(0);
            if (line.equals(word)) return true;
        }
        return false;
    }

    private void await(String word) throws Exception {
        while (!told(word)) Thread.sleep(2); // System.in cannot be waited for with a deadline
    }

    private static void require(boolean condition, String what) {
        if (!condition) throw new IllegalStateException(what);
    }

    // Messages whose every byte is known to both ends.

    private static byte[] body(int message, int part, int salt) {
        byte[] bytes = new byte[SIZES[(message + part) % SIZES.length]];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i % 251 + message * 13 + part * 3 + salt);
        return bytes;
    }

    private static List<byte[]> message(int number, int salt, String... envelope) {
        List<byte[]> frames = new ArrayList<>();
        for (String frame : envelope) frames.add(frame.getBytes(StandardCharsets.US_ASCII));
        for (int part = 0; part < 1 + number % 3; part++) frames.add(body(number, part, salt));
        return frames;
    }

    private void send(List<byte[]> frames) {
        for (int i = 0; i < frames.size(); i++)
            require(socket.send(frames.get(i), i + 1 < frames.size() ? ZMQ.SNDMORE : 0), "send");
    }

    private List<byte[]> receive() {
        List<byte[]> frames = new ArrayList<>();
        do frames.add(socket.recv());
        while (socket.hasReceiveMore());
        return frames;
    }

    private static boolean equal(List<byte[]> one, List<byte[]> other) {
        return Arrays.deepEquals(one.toArray(), other.toArray());
    }

    private void say(int number, String... envelope) {
        send(message(number, binds ? 0 : 100, envelope));
    }

    private void hear(int number, String... envelope) {
        require(equal(receive(), message(number, binds ? 100 : 0, envelope)), "message " + number + " as expected");
    }

    private void sendText(String text) {
        require(socket.send(text), text);
    }

    // Conversations.

    private void ask() {
        for (int i = 0; i < COUNT; i++) {
            say(i);
            hear(i);
        }
    }

    private void answer(String... envelope) {
        for (int i = 0; i < COUNT; i++) {
            hear(i, envelope);
            say(i, envelope);
        }
    }

    private void sayAll() {
        for (int i = 0; i < COUNT; i++) say(i);
    }

    private void hearAll() {
        for (int i = 0; i < COUNT; i++) hear(i);
    }

    private void publish() throws Exception {
        while (!told("synced")) {
            sendText("c.sync");
            Thread.sleep(2); // a PUB of this age does not say who listens
        }
        for (int i = 0; i < COUNT; i++) {
            say(i, "b.topic");
            say(i, "a.topic");
        }
        while (!told("unsubscribed")) {
            sendText("c.round");
            sendText("a.round");
            Thread.sleep(2);
        }
        sendText("c.last");
        sendText("a.last");
    }

    private void subscribe() {
        List<byte[]> next = receive();
        require(is(next, "c.sync"), "the rendezvous");
        sayLine("tell synced");
        while (is(next, "c.sync")) next = receive();
        for (int i = 0; i < COUNT; i++) {
            require(equal(next, message(i, binds ? 100 : 0, "a.topic")), "message " + i + " as expected");
            next = receive();
        }
        require(is(next, "c.round"), "the second topic while it is wanted");
        socket.unsubscribe("c.".getBytes());
        watchTopicFade();
    }

    /** Rounds of "c.round a.round" until one comes without its first half; then only "a." until the end. */
    private void watchTopicFade() {
        boolean gone = false;
        String last = "c.round";
        for (List<byte[]> next = receive(); !is(next, "a.last"); next = receive()) {
            require(is(next, "a.round") || (is(next, "c.round") && !gone), "a round");
            if (is(next, "a.round") && last.equals("a.round") && !gone) {
                gone = true;
                sayLine("tell unsubscribed");
            }
            last = new String(next.get(0));
        }
        require(gone, "a time without c.");
    }

    private static boolean is(List<byte[]> frames, String text) {
        return frames.size() == 1 && Arrays.equals(frames.get(0), text.getBytes());
    }

    private void converse() throws Exception {
        switch (type + " " + other) {
            case "push pull" -> sayAll();
            case "pull push" -> hearAll();
            case "req rep" -> ask();
            case "rep req" -> answer();
            case "dealer router" -> {
                sayAll();
                hearAll();
            }
            case "router dealer" -> answer(other + (binds ? "-connect" : "-bind"));
            case "pub sub" -> publish();
            case "sub pub" -> subscribe();
            default -> System.exit(UNSUPPORTED);
        }
    }

    private void open(String endpoint) {
        socket.setIdentity((type + (binds ? "-bind" : "-connect")).getBytes());
        if (type.equals("sub")) {
            socket.subscribe("a.".getBytes());
            socket.subscribe("c.".getBytes());
        }
        if (binds)
            sayLine("endpoint tcp://127.0.0.1:" + socket.bindToRandomPort("tcp://127.0.0.1"));
        else
            socket.connect(endpoint);
    }

    /** A JVM whose runner has gone must not wait for ever. */
    private static void endAfter(int seconds) {
        Thread watchdog = new Thread(() -> {
            try {
                Thread.sleep(seconds * 1000L);
            } catch (InterruptedException ended) {
                return;
            }
            Runtime.getRuntime().halt(1);
        });
        watchdog.setDaemon(true);
        watchdog.start();
    }

    public static void main(String[] arguments) throws Exception {
        endAfter(120);
        String type = arguments[1], other = arguments[2];
        if (!arguments[0].equals("traffic") || !TYPES.containsKey(type)) System.exit(UNSUPPORTED);
        ZMQ.Context context = ZMQ.context(1);
        JeromqPeer peer = new JeromqPeer(context.socket(TYPES.get(type)), type, other, arguments[3].equals("bind"));
        try {
            peer.open(arguments[4]);
            peer.converse();
            sayLine("done");
            peer.await("close");
            peer.socket.close();
            context.term();
        } catch (RuntimeException problem) {
            System.err.println("failed: " + problem);
            System.exit(1);
        }
    }
}
