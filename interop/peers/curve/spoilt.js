"use strict";
// What intruder.js and deceiver.js share: how to spoil a command, and what nobody may say in traffic.

const {must, text} = require("./boxes");

const flipped = (body, at) => Buffer.from(body.map((byte, i) => i === at ? byte ^ 1 : byte));
const cut = (body) => body.subarray(0, -1);

const PING = Buffer.concat([text("\x04PING"), Buffer.alloc(2)]);
const INTRUDED = text("an intruder's");

/** What to say in traffic, as frames. */
const badTraffic = {
    "message without a box": () => [text("plain")],
    "MESSAGE that is too short": (channel) => [channel.seal(0, Buffer.alloc(0)).subarray(0, 32)],
    "MESSAGE with a spoilt box": (channel) => [flipped(channel.seal(0, INTRUDED), 20)],
    "MESSAGE of another nonce": (channel) => [flipped(channel.seal(0, INTRUDED), 15)],
    "MESSAGE as the other side would seal it": (channel) => {
        channel.own = channel.peers;
        return [channel.seal(0, INTRUDED)];
    },
    "MESSAGE that was said before": (channel) => {
        const ping = channel.seal(2, PING);
        return [ping, ping];
    },
    "MESSAGE with a nonce that goes back": (channel) => {
        const first = channel.seal(2, PING), second = channel.seal(2, PING);
        return [second, first];
    },
};

/** What must be new on each connection. */
class Novelty {
    constructor() {
        this.seen = new Set();
    }

    check(fields) {
        for (const [what, bytes] of Object.entries(fields)) {
            must(!this.seen.has(bytes.toString("hex")), `a new ${what} for each connection`);
            this.seen.add(bytes.toString("hex"));
        }
    }
}

/** A PING that was good may have been answered before the end. */
async function expectEndAfterPong(wire, channel, mayPong) {
    if (mayPong && !wire.gone) {
        const frame = await wire.readFrame().catch(() => null);
        if (frame) must(channel.open(frame.body).payload.equals(text("\x04PONG")), "nothing but a PONG");
    }
    await wire.expectEnd();
}

module.exports = {INTRUDED, Novelty, badTraffic, cut, expectEndAfterPong, flipped};
