"use strict";
// The lines exchanged with the runner, and the reasons to give up.

const readline = require("node:readline");

const DEADLINE_MS = 120000;

class Runner {
    constructor() {
        this.words = new Set();
        this.waiting = [];
        this.place = "start";
        const lines = readline.createInterface({input: process.stdin});
        lines.on("line", (word) => {
            this.words.add(word);
            for (const look of this.waiting.splice(0)) look();
        });
        lines.on("close", () => this.giveUp("the runner has gone"));
        process.on("SIGTERM", () => this.giveUp("deadline"));
        setTimeout(() => this.giveUp("deadline"), DEADLINE_MS).unref();
    }

    giveUp(why) {
        process.stderr.write(`failed: ${why}, at ${this.place}\n`);
        process.exit(1);
    }

    /** What is under way, for the last words. */
    at(place) {
        this.place = place;
    }

    /** Tries the named cases, one after the other. */
    async each(cases, attempt) {
        for (const [what, of] of Object.entries(cases)) {
            this.at(what);
            await attempt(of);
        }
    }

    say(line) {
        process.stdout.write(`${line}\n`);
    }

    async told(word) {
        this.at(word);
        while (!this.words.has(word)) await new Promise((resolve) => this.waiting.push(resolve));
    }

    async toldWithin(word, ms) {
        if (!this.words.has(word)) await new Promise((resolve) => setTimeout(resolve, ms));
        return this.words.has(word);
    }
}

module.exports = {Runner};
