"use strict";
// The two key pairs of secure.c, in Z85 (RFC 32).

const {KEY, must} = require("./boxes");

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** Five digits make four bytes. */
function z85(digits) {
    const bytes = Buffer.alloc(digits.length / 5 * 4);
    for (let i = 0; i < digits.length; i += 5) {
        const value = [...digits.slice(i, i + 5)].reduce((sum, digit) => sum * 85 + DIGITS.indexOf(digit), 0);
        bytes.writeUInt32BE(value, i / 5 * 4);
    }
    must(bytes.length === KEY, "a key of 32 bytes");
    return bytes;
}

module.exports = {
    server: {publicKey: z85("sY%u*i^{-&!F+5EcK.M%2lR]MW(icuai<NXc)a4-"), secretKey: z85("f3*8K)CPv.+/ARlMHr1R.]q%I{Oa*sZNXsQJ45)p")},
    client: {publicKey: z85("yakT>CRf-$M3ntxXuwzUq?O*otD-mFVwze6<#Dj^"), secretKey: z85("U8RbPjY1iRmpkOTzv-4e96aXf>K$Zg(VoR^Vn!b[")},
};
