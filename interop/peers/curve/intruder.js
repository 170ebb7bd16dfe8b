"use strict";
// Clients that must be refused, one after the other: each comes as far as it says, breaks one rule, and is hung up on.

const {command, keyPair, random, text} = require("./boxes");
const {Novelty, badTraffic, cut, expectEndAfterPong, flipped} = require("./spoilt");

// Where the fields begin.
const HELLO = {version: 6, padding: 8, client: 80, nonce: 112, box: 120};
const INITIATE = {cookie: 9, nonce: 105, box: 113};

/** What to say instead of HELLO. */
const badHellos = {
    "HELLO that is too short": (client) => cut(client.hello()),
    "HELLO that is too long": (client) => Buffer.concat([client.hello(), Buffer.alloc(1)]),
    "HELLO of another version": (client) => flipped(client.hello(), HELLO.version),
    "HELLO of another transient key": (client) => flipped(client.hello(), HELLO.client),
    "HELLO of another nonce": (client) => flipped(client.hello(), HELLO.nonce + 7),
    "HELLO with a spoilt signature": (client) => flipped(client.hello(), HELLO.box + 40),
    "INITIATE instead of HELLO": () => command("INITIATE", random(300)),
    "READY as with NULL": () => command("READY", text("\x0bSocket-Type\0\0\0\x04PUSH")),
};

/** What to say instead of INITIATE; `former` is the cookie of an earlier connection. */
const badInitiates = {
    "second HELLO": (client) => client.hello(),
    "INITIATE that is too short": (client) => client.initiate().subarray(0, 256),
    "INITIATE with a spoilt cookie": (client) => flipped(client.initiate(), INITIATE.cookie + 50),
    "INITIATE with a former cookie": (client, former) => {
        client.cookie = former;
        return client.initiate();
    },
    "INITIATE of another nonce": (client) => flipped(client.initiate(), INITIATE.nonce + 7),
    "INITIATE with a spoilt box": (client) => flipped(client.initiate(), INITIATE.box + 100),
    "vouch for another transient key": (client) => client.initiate(keyPair().publicKey),
    "vouch of somebody else": (client) => client.initiate(client.transient.publicKey, keyPair()),
};

/** What RFC 26 does not allow and libzmq lets through. */
const strictHellos = {
    "HELLO with something in its padding": (client) => flipped(client.hello(), HELLO.padding + 71),
    "HELLO with something in its signature": (client) => {
        client.signed[63] = 1;
        return client.hello();
    },
};

const strictInitiates = {
    "INITIATE with the nonce of HELLO": (client) => {
        client.counter.last -= 1n;
        return client.initiate();
    },
    "vouch for another server": (client) => {
        client.serverKey = keyPair().publicKey;
        return client.initiate();
    },
};

class Intruder {
    constructor(peer) {
        this.peer = peer;
        this.novelty = new Novelty();
        this.former = null;
    }

    async insteadOfHello(hello) {
        const wire = await this.peer.greeted();
        wire.writeCommand(hello(this.peer.client()));
        await wire.expectEnd();
    }

    async insteadOfInitiate(initiate) {
        const wire = await this.peer.greeted(), client = this.peer.client();
        const welcome = await this.peer.knock(wire, client);
        this.novelty.check(welcome);
        wire.writeCommand(initiate(client, this.former));
        this.former = welcome.cookie;
        await wire.expectEnd();
    }

    async inTraffic(frames) {
        const wire = await this.peer.greeted(), client = this.peer.client();
        const channel = await this.peer.enter(wire, client), said = frames(channel, client);
        for (const frame of said) wire.writeFrame(0, frame);
        await expectEndAfterPong(wire, channel, said.length > 1);
    }
}

async function intrude(peer) {
    const intruder = new Intruder(peer);
    await peer.runner.each(badHellos, (wrong) => intruder.insteadOfHello(wrong));
    await peer.runner.each(badInitiates, (wrong) => intruder.insteadOfInitiate(wrong));
    await peer.runner.each({...badTraffic, "second INITIATE": (channel, client) => [client.initiate()]}, (wrong) => intruder.inTraffic(wrong));
}

async function intrudeUponStrict(peer) {
    const intruder = new Intruder(peer);
    await peer.runner.each(strictHellos, (wrong) => intruder.insteadOfHello(wrong));
    await peer.runner.each(strictInitiates, (wrong) => intruder.insteadOfInitiate(wrong));
}

module.exports = {intrude, intrudeUponStrict};
