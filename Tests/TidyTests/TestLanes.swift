/// The lanes in which scripts/test.sh runs the tests.
enum TestLanes {
  /// The targets that the script's list names for a lane: `lanes=('access 3 A|B' 'rest 2 ')`.
  static func targets(in script: String) -> [String] {
    guard let start = script.firstRange(of: "lanes=(")?.upperBound,
      let end = script[start...].firstIndex(of: ")")
    else { return [] }
    return script[start..<end].split(separator: "'").flatMap { lane in
      let words = lane.split(separator: " ")
      return words.count == 3 ? words[2].split(separator: "|").map(String.init) : []
    }
  }

  /// Names in the list that no target of tests has: such tests would run in the last lane, and nothing would show it.
  static func unknownTargets(in script: String, _ manifest: PackageManifest) -> [String] {
    targets(in: script).filter { manifest.target(named: $0)?.kind != .tests }
  }
}
