import java.util.Arrays;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

/** jzmq, Java on libzmq: ROUTER/DEALER, a poller, a proxy in a thread, CURVE keys, errors as exceptions. */
public class Jzmq {
    static void must(boolean holds, String otherwise) {
        if (!holds) {
            System.err.println("failed: " + otherwise);
            System.exit(1);
        }
    }

    public static void main(String[] arguments) throws Exception {
        ZMQ.Context context = ZMQ.context(1);
        ZMQ.Socket front = context.socket(ZMQ.ROUTER);
        ZMQ.Socket back = context.socket(ZMQ.DEALER);
        int port = front.bindToRandomPort("tcp://127.0.0.1");
        back.bind("inproc://back");
        Thread queue = new Thread(() -> {
            try {
                ZMQ.proxy(front, back, null);
            } catch (ZMQException ended) {
                must(ended.getErrorCode() == ZMQ.Error.ETERM.getCode(), "the proxy ended with " + ended.getErrorCode());
            }
            front.close();
            back.close();
        });
        queue.start();
        ZMQ.Socket rep = context.socket(ZMQ.REP);
        rep.connect("inproc://back");
        ZMQ.Socket req = context.socket(ZMQ.REQ);
        req.connect("tcp://127.0.0.1:" + port);
        ZMQ.Poller poller = new ZMQ.Poller(2);
        poller.register(rep, ZMQ.Poller.POLLIN);
        poller.register(req, ZMQ.Poller.POLLIN);
        for (int turn = 1; turn <= 100; ++turn) {
            byte[] question = new byte[turn * 100];
            Arrays.fill(question, (byte) turn);
            req.send(question, 0);
            must(poller.poll(40000) == 1 && poller.pollin(0), "no question in turn " + turn);
            must(Arrays.equals(rep.recv(0), question), "another question in turn " + turn);
            rep.send("answer " + turn);
            must(poller.poll(40000) == 1 && poller.pollin(1), "no answer in turn " + turn);
            must(req.recvStr().equals("answer " + turn), "another answer in turn " + turn);
        }
        try {
            rep.send("out of turn");
            must(false, "a REP speaks out of turn");
        } catch (ZMQException error) {
            must(error.getErrorCode() == 156384763, "EFSM came as " + error.getErrorCode());
        }
        rep.setLinger(0);
        req.setLinger(0);
        rep.close();
        req.close();
        context.term();
        queue.join();
        System.out.println("jzmq: 100 turns through a poller and a proxy, EFSM, ETERM");
    }
}
