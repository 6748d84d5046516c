/// The lanes in which scripts/test.sh runs the tests.
enum TestLanes {
  /// The targets that the script's pattern names for the first lane: `with_servers='(A|B)[.]'`.
  static func first(in script: String) -> [String] {
    guard let start = script.firstRange(of: "with_servers='(")?.upperBound,
      let end = script[start...].firstRange(of: ")[.]'")?.lowerBound
    else { return [] }
    return script[start..<end].split(separator: "|").map(String.init)
  }

  /// Names in the pattern that no target of tests has: such tests would run in the other lane, and nothing would show it.
  static func unknownTargets(in script: String, _ manifest: PackageManifest) -> [String] {
    first(in: script).filter { manifest.target(named: $0)?.kind != .tests }
  }
}
