"use strict";
// The conversation of README.md's contract for one pair of socket types, over a channel of CURVE.

const {must, text} = require("./boxes");
const {COMMAND} = require("./wire");

const SIZES = [0, 1, 33, 255, 256, 8192, 65536];
const BOXED_MORE = 1, BOXED_COMMAND = 2;  // inside a box a command has another bit than on the wire
const PING_CONTEXT = text("sixteen of these");

function body(size, seed) {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) bytes[i] = i % 251 + seed;
    return bytes;
}

function parts(message, salt) {
    return Array.from({length: 1 + message % 3},
                      (_, part) => body(SIZES[(message + part) % SIZES.length], message * 13 + part * 3 + salt));
}

const shown = (message) => message.map((part) => part.length <= 16 ? JSON.stringify(part.toString("latin1")) : part.length).join(" ");
const equal = (one, other) => one.length === other.length && one.every((part, i) => part.equals(other[i]));
const boxedCommand = (name, ...fields) => Buffer.concat([Buffer.from([name.length]), text(name), ...fields]);

class Talk {
    /** `runner` brings the other peer's words. RFC 37 has MESSAGE as a command, libzmq sends it as none: `wireFlags` says which. */
    constructor(wire, channel, {runner, type, other, binds, count, wireFlags}) {
        Object.assign(this, {wire, channel, runner, type, other, count, wireFlags});
        [this.ownSalt, this.peerSalt] = binds ? [0, 100] : [100, 0];
        this.pongs = [];
    }

    // Messages.

    sendFrame(flags, payload) {
        this.wire.writeFrame(this.wireFlags, this.channel.seal(flags, payload));
    }

    send(message) {
        message.forEach((part, i) => this.sendFrame(i + 1 < message.length ? BOXED_MORE : 0, part));
    }

    async receiveFrame() {
        const {flags, body: boxed} = await this.wire.readFrame();
        must(flags === 0 || flags === COMMAND, "no MORE outside a box");
        return this.channel.open(boxed);
    }

    /** A subscription comes back as the message that an older peer would have sent. */
    answer(payload) {
        const name = payload.toString("latin1", 1, 1 + payload[0]), rest = payload.subarray(1 + payload[0]);
        if (name === "SUBSCRIBE") return [Buffer.concat([Buffer.from([1]), rest])];
        if (name === "CANCEL") return [Buffer.concat([Buffer.from([0]), rest])];
        must(name === "PONG", `a command of ZMTP 3.1, received ${payload.toString("latin1")}`);
        this.pongs.push(rest);
        return null;
    }

    async receive() {
        const message = [];
        for (;;) {
            const {flags, payload} = await this.receiveFrame();
            if (flags === BOXED_COMMAND) {
                must(message.length === 0, "commands only between messages");
                const subscription = this.answer(payload);
                if (subscription) return subscription;
                continue;
            }
            message.push(payload);
            if (flags !== BOXED_MORE) return message;
        }
    }

    ping() {
        this.sendFrame(BOXED_COMMAND, boxedCommand("PING", Buffer.alloc(2), PING_CONTEXT));
    }

    async expectPong() {
        while (this.pongs.length === 0) {
            const {flags, payload} = await this.receiveFrame();
            must(flags === BOXED_COMMAND, "nothing but a PONG is left to come");
            this.answer(payload);
        }
        must(this.pongs.length === 1 && this.pongs[0].equals(PING_CONTEXT), "a PONG with the context of its PING");
    }

    // Conversations.

    say(message, ...envelope) {
        this.send([...envelope, ...parts(message, this.ownSalt)]);
    }

    async expect(wanted, what) {
        const received = await this.receive();
        must(equal(received, wanted), `${what}: ${shown(wanted)}, received ${shown(received)}`);
    }

    hear(message, ...envelope) {
        return this.expect([...envelope, ...parts(message, this.peerSalt)], `message ${message}`);
    }

    sayAll() {
        for (let i = 0; i < this.count; i++) this.say(i);
    }

    async hearAll() {
        for (let i = 0; i < this.count; i++) await this.hear(i);
    }

    async exchange() {
        this.sayAll();
        await this.hearAll();
    }

    async askEach(...envelope) {
        for (let i = 0; i < this.count; i++) {
            this.say(i, ...envelope);
            await this.hear(i, ...envelope);
        }
    }

    async answerEach(...envelope) {
        for (let i = 0; i < this.count; i++) {
            await this.hear(i, ...envelope);
            this.say(i, ...envelope);
        }
    }

    /** Sends every topic, whatever is asked for: a SUB has to sort them out again. */
    async publish() {
        const asked = [await this.receive(), await this.receive()].map((message) => message[0].toString("latin1")).sort();
        must(asked.join() === "\x01a.,\x01c.", `two subscriptions, received ${asked}`);
        this.send([text("c.sync")]);
        for (let i = 0; i < this.count; i++) {
            this.say(i, text("b.topic"));
            this.say(i, text("a.topic"));
        }
        this.send([text("c.round")]);
        this.send([text("a.round")]);
        await this.expect([text("\0c.")], "the unsubscription");
        // The SUB has cancelled "c." and is sent it all the same; it waits for a round without.
        while (!await this.runner.toldWithin("unsubscribed", 2)) {
            this.send([text("c.round")]);
            this.send([text("a.round")]);
        }
        this.send([text("a.last")]);
    }

    subscription(name, topic) {
        this.sendFrame(BOXED_COMMAND, boxedCommand(name, text(topic)));
    }

    async subscribe() {
        this.subscription("SUBSCRIBE", "a.");
        this.subscription("SUBSCRIBE", "c.");
        let message = await this.receive();
        must(equal(message, [text("c.sync")]), "the rendezvous");
        this.runner.say("tell synced");
        while (equal(message, [text("c.sync")])) message = await this.receive();
        for (let i = 0; i < this.count; i++, message = await this.receive())
            must(equal(message, [text("a.topic"), ...parts(i, this.peerSalt)]), `message ${i}, received ${shown(message)}`);
        must(equal(message, [text("c.round")]), "the second topic while it is wanted");
        this.subscription("CANCEL", "c.");
        await this.watchTopicFade();
    }

    /** Rounds of "c.round a.round" until one comes without its first half; then only "a." until the end. */
    async watchTopicFade() {
        let last = "c.round", gone = false;
        for (;;) {
            const topic = (await this.receive())[0].toString("latin1");
            if (topic === "a.last") break;
            must(topic === "a.round" || (topic === "c.round" && !gone), `a round, received ${topic}`);
            if (topic === "a.round" && last === "a.round" && !gone) {
                gone = true;
                this.runner.say("tell unsubscribed");
            }
            last = topic;
        }
        must(gone, "a time without c.");
    }

    /** With a handler a PUSH says one more thing, and the handler's PULL learns from it who that was. */
    async sayKnown() {
        if (this.type === "push") this.send([text("who am I?")]);
        if (this.type === "pull") await this.expect([text("who am I?")], "one more message");
    }

    async converse(isKnown) {
        const empty = Buffer.alloc(0);
        const ways = {
            "push pull": () => this.sayAll(),
            "pull push": () => this.hearAll(),
            "pair pair": () => this.exchange(),
            "req rep": () => this.askEach(empty),
            "rep req": () => this.answerEach(empty),
            "dealer dealer": () => this.exchange(),
            "dealer router": () => this.exchange(),
            "router dealer": () => this.answerEach(),
            "pub sub": () => this.publish(),
            "sub pub": () => this.subscribe(),
        };
        this.ping();
        await ways[`${this.type} ${this.other}`]();
        if (isKnown) await this.sayKnown();
        await this.expectPong();
    }
}

module.exports = {Talk, parts};
