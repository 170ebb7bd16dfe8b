"use strict";
// Servers that a client must not believe, one after the other: each comes as far as it says, breaks one rule, and is left. The
// client comes again each time, as new as the first time.

const {command, keyPair, random} = require("./boxes");
const {Server} = require("./handshake");
const keys = require("./keys");
const {INTRUDED, Novelty, badTraffic, cut, expectEndAfterPong, flipped} = require("./spoilt");

// Where the fields begin.
const WELCOME = {nonce: 8, box: 24};
const READY = {nonce: 6, box: 14};

/** What to say instead of WELCOME to a client whose transient key is `client`. */
const badWelcomes = {
    "WELCOME that is too short": (server, client) => cut(server.welcome(client)),
    "WELCOME that is too long": (server, client) => Buffer.concat([server.welcome(client), Buffer.alloc(1)]),
    "WELCOME of another server": (server, client) => new Server(keyPair(), server.about).welcome(client),
    "WELCOME for another client": (server) => server.welcome(keyPair().publicKey),
    "WELCOME of another nonce": (server, client) => flipped(server.welcome(client), WELCOME.nonce + 15),
    "WELCOME with a spoilt box": (server, client) => flipped(server.welcome(client), WELCOME.box + 70),
    "WELCOME with a key that is none": (server, client) => server.welcome(client, {...keyPair(), publicKey: Buffer.alloc(32)}),
    "READY instead of WELCOME": () => command("READY", random(100)),
};

/** What to say instead of READY. */
const badReadies = {
    "second WELCOME": (server) => server.welcome(server.clientTransient),
    "READY that is too short": (server) => server.ready().subarray(0, 29),
    "READY of another nonce": (server) => flipped(server.ready(), READY.nonce + 7),
    "READY with a spoilt box": (server) => flipped(server.ready(), READY.box + 20),
    "READY of another server": (server) => {
        server.secretKey = keyPair().secretKey;
        return server.ready();
    },
    "MESSAGE instead of READY": (server) => {
        server.ready();
        return server.channel.seal(0, INTRUDED);
    },
};

class Deceiver {
    constructor(peer) {
        this.peer = peer;
        this.novelty = new Novelty();
    }

    async begin() {
        const wire = await this.peer.greeted(), server = new Server(keys.server, this.peer.about);
        const transient = server.takeHello(await wire.readCommand());
        this.novelty.check({transient});
        return {wire, server, transient};
    }

    async insteadOfWelcome(welcome) {
        const {wire, server, transient} = await this.begin();
        wire.writeCommand(welcome(server, transient));
        await wire.expectEnd();
    }

    async meet() {
        const {wire, server, transient} = await this.begin();
        wire.writeCommand(server.welcome(transient));
        const {long} = server.takeInitiate(await wire.readCommand());
        this.novelty.check({"nonce of the vouch": long});
        return {wire, server};
    }

    async insteadOfReady(ready) {
        const {wire, server} = await this.meet();
        wire.writeCommand(ready(server));
        await wire.expectEnd();
    }

    async inTraffic(frames) {
        const {wire, server} = await this.meet();
        wire.writeCommand(server.ready());
        const said = frames(server.channel);
        for (const frame of said) wire.writeFrame(0, frame);
        await expectEndAfterPong(wire, server.channel, said.length > 1);
    }
}

async function deceive(peer) {
    const deceiver = new Deceiver(peer);
    await peer.runner.each(badWelcomes, (wrong) => deceiver.insteadOfWelcome(wrong));
    await peer.runner.each(badReadies, (wrong) => deceiver.insteadOfReady(wrong));
    await peer.runner.each(badTraffic, (wrong) => deceiver.inTraffic(wrong));
}

module.exports = {deceive};
