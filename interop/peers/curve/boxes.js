"use strict";
// The boxes and nonces of RFC 26 on tweetnacl. What arrives is checked field by field, more strictly than a real peer would.

const nacl = require("tweetnacl");

const KEY = 32;
const OVERHEAD = 16;
const LONG_NONCE = 16;
const SHORT_NONCE = 8;

class Failed extends Error {}

function must(condition, what) {
    if (!condition) throw new Failed(what);
}

const text = (words) => Buffer.from(words, "latin1");

/** 24 bytes: the words of the command, and what is sent of it. */
function nonce(words, rest) {
    const whole = Buffer.concat([text(words), rest]);
    must(whole.length === 24, `a nonce of 24 bytes, made ${whole.length}`);
    return whole;
}

function seal(plain, words, rest, publicKey, secretKey) {
    return Buffer.from(nacl.box(plain, nonce(words, rest), publicKey, secretKey));
}

function open(box, words, rest, publicKey, secretKey, what) {
    const plain = nacl.box.open(box, nonce(words, rest), publicKey, secretKey);
    must(plain, `${what} does not open`);
    return Buffer.from(plain);
}

function keyPair() {
    const pair = nacl.box.keyPair();
    return {publicKey: Buffer.from(pair.publicKey), secretKey: Buffer.from(pair.secretKey)};
}

const random = (size) => Buffer.from(nacl.randomBytes(size));

/** Our own short nonces. They begin just below 32 bits, so that a counter of another width or byte order shows. */
class Counter {
    constructor() {
        this.last = 0xfffffffdn;
    }

    next() {
        const bytes = Buffer.alloc(SHORT_NONCE);
        bytes.writeBigUInt64BE(++this.last);
        return bytes;
    }
}

/** The peer's: each is the one before and one more. The RFC leaves the first open. */
class PeerCounter {
    accept(bytes) {
        const value = bytes.readBigUInt64BE();
        must(value > 0n, "a short nonce that counts from 1");
        must(this.last === undefined || value === this.last + 1n, `short nonce ${value} after ${this.last}`);
        this.last = value;
    }
}

/** Cuts a command into its fields; whoever is done says whether anything may be left. */
class Fields {
    constructor(body, name) {
        this.body = body;
        this.at = 0;
        this.name = name;
        const head = this.take(1 + name.length);
        must(head[0] === name.length && head.subarray(1).equals(text(name)), `${name}, received ${body.subarray(0, 12).toString("hex")}`);
    }

    take(size) {
        must(this.at + size <= this.body.length, `${this.name} of ${this.body.length} bytes is too short`);
        this.at += size;
        return this.body.subarray(this.at - size, this.at);
    }

    rest() {
        return this.take(this.body.length - this.at);
    }

    end() {
        must(this.at === this.body.length, `${this.name} of ${this.at} bytes, received ${this.body.length}`);
    }
}

/** A command: its name with its length, and its fields. */
const command = (name, ...fields) => Buffer.concat([Buffer.from([name.length]), text(name), ...fields]);

/** Both directions of a connection after its handshake. */
class Channel {
    constructor(isClient, publicKey, secretKey, counter, peerCounter) {
        this.key = nacl.box.before(publicKey, secretKey);
        this.own = isClient ? "CurveZMQMESSAGEC" : "CurveZMQMESSAGES";
        this.peers = isClient ? "CurveZMQMESSAGES" : "CurveZMQMESSAGEC";
        this.counter = counter;
        this.peerCounter = peerCounter;
    }

    seal(flags, payload) {
        const short = this.counter.next();
        const plain = Buffer.concat([Buffer.from([flags]), payload]);
        return command("MESSAGE", short, Buffer.from(nacl.box.after(plain, nonce(this.own, short), this.key)));
    }

    open(body) {
        const fields = new Fields(body, "MESSAGE");
        const short = fields.take(SHORT_NONCE), box = fields.rest();
        must(box.length >= OVERHEAD + 1, `a box of at least 17 bytes, received ${box.length}`);
        this.peerCounter.accept(short);
        const plain = nacl.box.open.after(box, nonce(this.peers, short), this.key);
        must(plain, "a MESSAGE does not open");
        must(plain[0] <= 2, `MORE or COMMAND and no other flag, received ${plain[0]}`);
        return {flags: plain[0], payload: Buffer.from(plain.subarray(1))};
    }
}

module.exports = {
    Channel, Counter, Failed, Fields, KEY, LONG_NONCE, OVERHEAD, PeerCounter, SHORT_NONCE, command, keyPair, must, nonce, open,
    random, seal, secretbox: nacl.secretbox, text,
};
