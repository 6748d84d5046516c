import AccessProof

/// What Redis and Valkey leave open between accounts of one server.
enum RedisResidues {
  static let all: [KnownResidue] = [
    KnownResidue(
      "version and role of the server",
      consequence: "an account reads the server's version, role, commands and number of replicas",
      mitigation: "keep the server on a fixed release"
    ).tried(by: "HELLO", "COMMAND COUNT", "WAIT 0 0"),
    KnownResidue(
      "shared memory",
      consequence: "one account can fill the memory, and the server then evicts or refuses others' keys",
      mitigation:
        "the services treat the cache as optional; use a server of its own for a service that fills it"),
    KnownResidue(
      "DEBUG and SYNC before the list of rights",
      consequence: "an account may learn whether these commands are enabled",
      mitigation: "set enable-debug-command to no, which is the default"),
  ]
}
