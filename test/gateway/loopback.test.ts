import { describe, expect, it } from "vitest";
import {
  isLoopbackAddress,
  isLoopbackHost,
  isLoopbackOrigin,
  whyNotLoopback,
} from "../../src/gateway/loopback.ts";

describe("isLoopbackAddress", () => {
  it.each(["127.0.0.1", "127.0.0.0", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::FFFF:127.9.9.9"])(
    "holds for %s",
    (address) => {
      expect(isLoopbackAddress(address)).toBe(true);
    },
  );

  it.each([
    "",
    "10.0.0.1",
    "128.0.0.1",
    "::ffff:10.0.0.1",
    "127.0.0.1.evil.com",
    "127.0.0.256",
    "127.1",
    "::2",
  ])("does not hold for %j", (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  });
});

describe("isLoopbackHost", () => {
  it.each([
    "127.0.0.1",
    "127.0.0.1:8787",
    "localhost",
    "LOCALHOST:1",
    "app.localhost:3000",
    "[::1]",
    "[::1]:80",
  ])("holds for %s", (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    "",
    "example.com",
    "evil.com:8787",
    "localhost.evil.com",
    "notlocalhost",
    "127.0.0.1.nip.io",
    "127.0.0.1@evil.com",
    "[::2]:80",
    "10.0.0.1",
    ".localhost",
  ])("does not hold for %j", (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});

describe("isLoopbackOrigin", () => {
  it.each(["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080", "http://app.localhost"])(
    "holds for %s",
    (origin) => {
      expect(isLoopbackOrigin(origin)).toBe(true);
    },
  );

  it.each([
    "null",
    "",
    "https://evil.com",
    "http://localhost.evil.com",
    "http://localhost@evil.com",
    "file://",
    "chrome-extension://abc",
  ])("does not hold for %j", (origin) => {
    expect(isLoopbackOrigin(origin)).toBe(false);
  });
});

describe("whyNotLoopback", () => {
  const local = { headers: { host: "localhost:8787" }, remoteAddress: "127.0.0.1" };

  it("finds nothing against a request of this machine to this machine", () => {
    expect(whyNotLoopback(local)).toBeUndefined();
  });

  it.each<[string, Parameters<typeof whyNotLoopback>[0]]>([
    ["a socket that is gone", { ...local, remoteAddress: undefined }],
    ["a socket of another machine", { ...local, remoteAddress: "192.168.0.9" }],
    ["no host", { ...local, headers: {} }],
    ["a rebound host name", { ...local, headers: { host: "attacker.example:8787" } }],
    ["a web page on another origin", { ...local, headers: { ...local.headers, origin: "https://evil.com" } }],
    ["a sandboxed page", { ...local, headers: { ...local.headers, origin: "null" } }],
    [
      "two origins",
      { ...local, headers: { ...local.headers, origin: ["http://localhost", "http://evil.com"] } },
    ],
    ...["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"].map(
      (name): [string, Parameters<typeof whyNotLoopback>[0]] => [
        `a proxy (${name})`,
        { ...local, headers: { ...local.headers, [name]: "1.2.3.4" } },
      ],
    ),
  ])("names what is wrong with %s", (_name, request) => {
    expect(whyNotLoopback(request)).toEqual(expect.any(String));
  });
});
