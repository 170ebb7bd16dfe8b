"use strict";
// The peer of the contract in README.md with a CURVE of its own, written from RFC 25 and 26 on tweetnacl:
//     curve_peer.js SCENARIO TYPE OTHER bind|connect ENDPOINT
// Whoever binds is the server, as in secure.c.

const net = require("node:net");
const {Failed, must, keyPair, text} = require("./boxes");
const {Client, Server} = require("./handshake");
const {deceive} = require("./deceiver");
const {intrude, intrudeUponStrict} = require("./intruder");
const keys = require("./keys");
const {Runner} = require("./runner");
const {Talk} = require("./talk");
const {COMMAND, Closed, Wire} = require("./wire");

const UNSUPPORTED = 127;
const COUNT = 42;
const NAMED = ["req", "dealer", "router"];  // who tells its routing id

class Peer {
    constructor([scenario, type, other, how, endpoint], runner) {
        Object.assign(this, {scenario, type, other, runner, binds: how === "bind", count: COUNT});
        this.wireFlags = scenario === "curve-commands" ? COMMAND : 0;
        this.id = `${type}-${how}`;
        this.peerId = `${other}-${this.binds ? "connect" : "bind"}`;
        const [host, port] = endpoint.replace("tcp://", "").split(":");
        this.address = {host, port: port === "*" ? 0 : Number(port)};
        this.about = {"Socket-Type": type.toUpperCase(), ...(NAMED.includes(type) ? {Identity: this.id} : {})};
    }

    // Connections.

    listen() {
        const arrived = [];
        this.listener = net.createServer((socket) => {
            arrived.push(new Wire(socket));
            this.wake?.();
        });
        this.accept = async () => {
            while (arrived.length === 0) await new Promise((resolve) => { this.wake = resolve; });
            return arrived.shift();
        };
        this.listener.listen(this.address, () => this.runner.say(`endpoint tcp://127.0.0.1:${this.listener.address().port}`));
    }

    async connection() {
        if (this.binds) return this.accept();
        return new Wire(net.connect(this.address));
    }

    async greeted(mechanism = "CURVE", theirs = "CURVE") {
        const wire = await this.connection();
        const name = await wire.greet(mechanism, this.binds);
        must(name === theirs, `mechanism ${theirs}, received ${name}`);
        return wire;
    }

    checkPeer(about) {
        must(about["socket-type"] === this.other.toUpperCase(), `Socket-Type, received ${JSON.stringify(about)}`);
        must((about.identity ?? "") === (NAMED.includes(this.other) ? this.peerId : ""), `routing id, received ${JSON.stringify(about)}`);
    }

    client(serverKey = keys.server.publicKey) {
        const isDenied = this.scenario === "curve-denied";
        return new Client(serverKey, isDenied ? keys.server : keys.client, this.about);
    }

    // The handshake.

    async knock(wire, client) {
        wire.writeCommand(client.hello());
        return client.takeWelcome(await wire.readCommand());
    }

    async enter(wire, client) {
        await this.knock(wire, client);
        wire.writeCommand(client.initiate());
        this.checkPeer(client.takeReady(await wire.readCommand()));
        return client.channel;
    }

    async admit(wire) {
        const server = new Server(keys.server, this.about);
        wire.writeCommand(server.welcome(server.takeHello(await wire.readCommand())));
        const {client, about} = server.takeInitiate(await wire.readCommand());
        if (!client.equals(keys.client.publicKey)) return null;
        this.checkPeer(about);
        wire.writeCommand(server.ready());
        return server.channel;
    }

    // Scenarios.

    async converse() {
        const wire = await this.greeted();
        const channel = this.binds ? await this.admit(wire) : await this.enter(wire, this.client());
        must(channel, "the client's key");
        this.runner.at("traffic");
        await new Talk(wire, channel, this).converse(this.scenario === "curve-zap");
    }

    /** Its handler lets us in, and tells its PULL with one more message who we are. */
    async converseKnown() {
        must(!this.binds, "a handler on the other side");
        await this.converse();
    }

    /** Whoever refused all that must still talk to one who keeps to the rules. */
    async converseAfter(misbehave) {
        this.count = 6;
        await misbehave(this);
        await this.converse();
    }

    /** A HELLO sealed for another server. */
    async refuseHello(wire) {
        const server = new Server(keys.server, this.about);
        const hello = await wire.readCommand();
        Server.fieldsOfHello(hello);
        let opened = true;
        try {
            server.takeHello(hello);
        } catch (problem) {
            must(problem instanceof Failed, problem);
            opened = false;
        }
        must(!opened, "a HELLO that does not open");
        wire.hangUp();
    }

    async useWrongKey() {
        const wire = await this.greeted();
        if (this.binds) return this.refuseHello(wire);
        wire.writeCommand(this.client(keys.client.publicKey).hello());
        return wire.expectEnd();
    }

    async refuseClient(wire) {
        must(await this.admit(wire) === null, "a client that is not known");
        wire.writeCommand(Buffer.concat([text("\x05ERROR"), text("\x03" + "400")]));
        await wire.expectEnd();
    }

    async beDenied() {
        const wire = await this.greeted();
        if (this.binds) return this.refuseClient(wire);
        const client = this.client();
        await this.knock(wire, client);
        wire.writeCommand(client.initiate());
        const error = await wire.readCommand();
        must(error.equals(text("\x05ERROR\x03" + "400")), `ERROR 400, received ${error.toString("latin1")}`);
        return wire.hangUp();  // libzmq waits for this
    }

    async useNoKey() {
        try {
            const wire = await (this.binds ? this.greeted("CURVE", "NULL") : this.greeted("NULL", "CURVE"));
            if (this.binds) return wire.hangUp();
            return await wire.expectEnd();
        } catch (problem) {
            must(problem instanceof Closed, problem);  // it was the first to see that we do not agree
        }
    }

    /** A server without the secret of the key its clients know: they must not go on. */
    async impersonate() {
        must(this.binds, "a client to deceive");
        const wire = await this.greeted();
        const {clientTransient} = Server.fieldsOfHello(await wire.readCommand());
        wire.writeCommand(new Server(keyPair(), this.about).welcome(clientTransient));
        await wire.expectEnd();
    }

    /** Once is enough, but a client may come again and again. */
    async refused(once) {
        this.runner.at("the refusal");
        await once.call(this);
        const again = async () => {
            for (;;) await once.call(this);
        };
        if (this.binds) again().catch((problem) => end(problem, this.runner));
        this.runner.say("tell refused");
        await this.runner.told("refused");
    }

    async play() {
        const scenarios = {
            "curve": this.converse,
            "curve-commands": this.converse,
            "curve-zap": this.converseKnown,
            "curve-intruder": () => this.converseAfter(intrude),
            "curve-strict": () => this.converseAfter(intrudeUponStrict),
            "curve-deceiver": () => this.converseAfter(deceive),
            "curve-wrong": () => this.refused(this.useWrongKey),
            "curve-denied": () => this.refused(this.beDenied),
            "curve-none": () => this.refused(this.useNoKey),
            "curve-impostor": () => this.refused(this.impersonate),
        };
        if (!scenarios[this.scenario]) process.exit(UNSUPPORTED);
        if (this.binds) this.listen();
        await scenarios[this.scenario].call(this);
        this.runner.say("done");
        await this.runner.told("close");
    }
}

/** Something other than what we found out ourselves is our own mistake, and needs its place. */
function end(problem, runner) {
    runner.giveUp(problem instanceof Failed ? problem.message : problem.stack);
}

const runner = new Runner();
new Peer(process.argv.slice(2), runner).play().then(() => process.exit(0), (problem) => end(problem, runner));
