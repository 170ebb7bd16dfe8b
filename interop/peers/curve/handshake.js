"use strict";
// The handshake of RFC 26, each side as functions of bytes: C is the client, S the server, ' marks a transient key.

const {
    Channel, Counter, Fields, KEY, LONG_NONCE, OVERHEAD, PeerCounter, SHORT_NONCE, command, keyPair, must, nonce, open, random, seal,
    secretbox, text,
} = require("./boxes");

const SIGNATURE = 64;
const PADDING = 72;
const COOKIE = LONG_NONCE + OVERHEAD + 2 * KEY;
const VOUCH_BOX = OVERHEAD + 2 * KEY;

function metadata(properties) {
    return Buffer.concat(Object.entries(properties).flatMap(([name, value]) => {
        const size = Buffer.alloc(4);
        size.writeUInt32BE(value.length);
        return [Buffer.from([name.length]), text(name), size, text(value)];
    }));
}

function properties(bytes) {
    const found = {};
    for (let at = 0; at < bytes.length;) {
        const value = at + 1 + bytes[at] + 4;
        must(bytes[at] > 0 && value <= bytes.length, "a property's name and size");
        const size = bytes.readUInt32BE(value - 4);
        must(value + size <= bytes.length, "a property's value");
        found[bytes.toString("latin1", at + 1, value - 4).toLowerCase()] = bytes.toString("latin1", value, value + size);
        at = value + size;
    }
    return found;
}

class Client {
    /** `serverKey` is S; `own` is the pair of C. */
    constructor(serverKey, own, about) {
        Object.assign(this, {serverKey, own, about});
        this.transient = keyPair();
        this.counter = new Counter();
        this.signed = Buffer.alloc(SIGNATURE);
    }

    hello() {
        const short = this.counter.next();
        const signature = seal(this.signed, "CurveZMQHELLO---", short, this.serverKey, this.transient.secretKey);
        return command("HELLO", Buffer.from([1, 0]), Buffer.alloc(PADDING), this.transient.publicKey, short, signature);
    }

    takeWelcome(body) {
        const fields = new Fields(body, "WELCOME");
        const long = fields.take(LONG_NONCE), box = fields.take(OVERHEAD + KEY + COOKIE);
        fields.end();
        const plain = open(box, "WELCOME-", long, this.serverKey, this.transient.secretKey, "the box of WELCOME");
        this.serverTransient = plain.subarray(0, KEY);
        this.cookie = plain.subarray(KEY);
        must(this.cookie.length === COOKIE, `a cookie of 96 bytes, received ${this.cookie.length}`);
        return {nonce: long, cookie: this.cookie, transient: this.serverTransient};
    }

    /** `vouched` and `voucher` differ from C' and C only in the hands of an intruder. */
    initiate(vouched = this.transient.publicKey, voucher = this.own) {
        const long = random(LONG_NONCE), short = this.counter.next();
        const vouch = seal(Buffer.concat([vouched, this.serverKey]), "VOUCH---", long, this.serverTransient, voucher.secretKey);
        const plain = Buffer.concat([this.own.publicKey, long, vouch, metadata(this.about)]);
        return command("INITIATE", this.cookie, short,
                       seal(plain, "CurveZMQINITIATE", short, this.serverTransient, this.transient.secretKey));
    }

    /** The server's properties; from now on there is a channel. */
    takeReady(body) {
        const fields = new Fields(body, "READY");
        const short = fields.take(SHORT_NONCE), box = fields.rest();
        const peerCounter = new PeerCounter();
        peerCounter.accept(short);
        const plain = open(box, "CurveZMQREADY---", short, this.serverTransient, this.transient.secretKey, "the box of READY");
        this.channel = new Channel(true, this.serverTransient, this.transient.secretKey, this.counter, peerCounter);
        return properties(plain);
    }
}

/** Between WELCOME and INITIATE it keeps nothing of a client but the nonce it counts; the rest is in the cookie. */
class Server {
    constructor(own, about) {
        Object.assign(this, {own, about});
        this.cookieKey = random(KEY);
        this.peerCounter = new PeerCounter();
    }

    static fieldsOfHello(body) {
        const fields = new Fields(body, "HELLO");
        must(fields.take(2).equals(Buffer.from([1, 0])), "version 1.0 of CurveZMQ");
        must(fields.take(PADDING).equals(Buffer.alloc(PADDING)), "72 zeros");
        const found = {clientTransient: fields.take(KEY), short: fields.take(SHORT_NONCE), signature: fields.take(OVERHEAD + SIGNATURE)};
        fields.end();
        return found;
    }

    takeHello(body) {
        const {clientTransient, short, signature} = Server.fieldsOfHello(body);
        this.peerCounter.accept(short);
        const plain = open(signature, "CurveZMQHELLO---", short, clientTransient, this.own.secretKey, "the signature of HELLO");
        must(plain.equals(Buffer.alloc(SIGNATURE)), "64 zeros in the signature of HELLO");
        return clientTransient;
    }

    welcome(clientTransient, transient = keyPair()) {
        const cookieNonce = random(LONG_NONCE), long = random(LONG_NONCE);
        const secret = Buffer.concat([clientTransient, transient.secretKey]);
        const cookie = Buffer.concat([cookieNonce, secretbox(secret, nonce("COOKIE--", cookieNonce), this.cookieKey)]);
        const plain = Buffer.concat([transient.publicKey, cookie]);
        return command("WELCOME", long, seal(plain, "WELCOME-", long, clientTransient, this.own.secretKey));
    }

    openCookie(cookie) {
        const plain = secretbox.open(cookie.subarray(LONG_NONCE), nonce("COOKIE--", cookie.subarray(0, LONG_NONCE)), this.cookieKey);
        must(plain, "the cookie comes back as it was");
        return {clientTransient: Buffer.from(plain.subarray(0, KEY)), secretKey: Buffer.from(plain.subarray(KEY))};
    }

    /** C, the client's properties, and the nonce of its vouch. */
    takeInitiate(body) {
        const fields = new Fields(body, "INITIATE");
        const {clientTransient, secretKey} = this.openCookie(fields.take(COOKIE));
        const short = fields.take(SHORT_NONCE), box = fields.rest();
        this.peerCounter.accept(short);
        const plain = open(box, "CurveZMQINITIATE", short, clientTransient, secretKey, "the box of INITIATE");
        must(plain.length >= KEY + LONG_NONCE + VOUCH_BOX, `C and a vouch, received ${plain.length} bytes`);
        const client = plain.subarray(0, KEY), long = plain.subarray(KEY, KEY + LONG_NONCE);
        const vouch = plain.subarray(KEY + LONG_NONCE, KEY + LONG_NONCE + VOUCH_BOX);
        const vouched = open(vouch, "VOUCH---", long, client, secretKey, "the vouch");
        must(vouched.equals(Buffer.concat([clientTransient, this.own.publicKey])), "a vouch for C' and S");
        Object.assign(this, {clientTransient, secretKey});
        return {client, long, about: properties(plain.subarray(KEY + LONG_NONCE + VOUCH_BOX))};
    }

    /** From now on there is a channel. */
    ready() {
        const counter = new Counter(), short = counter.next();
        this.channel = new Channel(false, this.clientTransient, this.secretKey, counter, this.peerCounter);
        return command("READY", short, seal(metadata(this.about), "CurveZMQREADY---", short, this.clientTransient, this.secretKey));
    }
}

module.exports = {Client, Server};
