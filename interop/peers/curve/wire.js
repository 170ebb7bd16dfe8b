"use strict";
// ZMTP 3.1 over a plain TCP connection: the greeting and the frames.

const {Failed, must, text} = require("./boxes");

const MORE = 1, LONG = 2, COMMAND = 4;
const MAJOR = 3, MINOR = 1;

/** The peer has hung up. */
class Closed extends Failed {}

class Wire {
    constructor(socket) {
        this.socket = socket;
        this.gone = false;
        this.wake = () => {};
        socket.on("readable", () => this.wake());
        for (const event of ["end", "close", "error"]) {
            socket.on(event, () => {
                this.gone = true;
                this.wake();
            });
        }
        socket.setNoDelay();
    }

    async read(size) {
        if (size === 0) return Buffer.alloc(0);
        for (;;) {
            const bytes = this.socket.read(size);
            if (bytes && bytes.length === size) return bytes;
            if (bytes || this.gone) throw new Closed("the peer hung up");
            await new Promise((resolve) => { this.wake = resolve; });
        }
    }

    /** A frame's flags, but for how its size was written, and its body. */
    async readFrame() {
        const [flags, short] = await this.read(2);
        must(flags <= (MORE | LONG | COMMAND), `reserved flag bits zero, received ${flags}`);
        if (!(flags & LONG)) return {flags, body: await this.read(short)};
        const size = Buffer.concat([Buffer.from([short]), await this.read(7)]).readBigUInt64BE();
        must(size > 255n, `a short frame for ${size} bytes`);
        return {flags: flags & ~LONG, body: await this.read(Number(size))};
    }

    async readCommand() {
        const {flags, body} = await this.readFrame();
        must(flags === COMMAND, `a command, received flags ${flags}`);
        return body;
    }

    write(bytes) {
        if (!this.gone) this.socket.write(bytes);
    }

    writeFrame(flags, body) {
        const head = Buffer.alloc(body.length > 255 ? 9 : 2);
        head[0] = flags | (body.length > 255 ? LONG : 0);
        if (body.length > 255) head.writeBigUInt64BE(BigInt(body.length), 1);
        else head[1] = body.length;
        this.write(Buffer.concat([head, body]));
    }

    writeCommand(body) {
        this.writeFrame(COMMAND, body);
    }

    /** The mechanism the peer wants. libzmq leaves as-server zero on both sides. */
    async greet(mechanism, isServer) {
        const padded = (name) => Buffer.concat([text(name), Buffer.alloc(20 - name.length)]);
        this.write(Buffer.concat([Buffer.from([0xff]), Buffer.alloc(8), Buffer.from([0x7f, MAJOR, MINOR]), padded(mechanism),
                                  Buffer.from([isServer ? 1 : 0]), Buffer.alloc(31)]));
        const theirs = await this.read(64);
        must(theirs[0] === 0xff && theirs[9] === 0x7f, `a signature, received ${theirs.toString("hex", 0, 10)}`);
        must(theirs[10] === MAJOR && theirs[11] === MINOR, `version 3.1, received ${theirs.toString("hex", 10, 12)}`);
        must(theirs[32] === 0 || (theirs[32] === 1 && !isServer), "as-server from the server only");
        must(theirs.subarray(33).equals(Buffer.alloc(31)), "a filler of 31 zeros");
        const name = theirs.toString("latin1", 12, 32).replace(/\0+$/, "");
        must(padded(name).equals(theirs.subarray(12, 32)), "a mechanism's name and zeros");
        return name;
    }

    /** The peer must hang up, without a word. */
    async expectEnd() {
        let byte = null;
        try {
            byte = await this.read(1);
        } catch (problem) {
            if (!(problem instanceof Closed)) throw problem;
        }
        must(!byte, "the end of the connection, received a byte");
        this.hangUp();
    }

    hangUp() {
        this.socket.destroy();
    }
}

module.exports = {COMMAND, Closed, MORE, Wire};
