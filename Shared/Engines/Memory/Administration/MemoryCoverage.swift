import AccessAdministration

extension AccessCoverage {
  /// The memory cache: each process has its own, so no other account can reach it.
  package static let memory = AccessCoverage(
    engine: "Memory cache",
    kinds: [
      Kind("key patterns", .proven, "the rights are compiled into the service's composition"),
      Kind("rights of the running process", .outOfReach, "no other process can reach the memory"),
    ],
    residues: [])
}
