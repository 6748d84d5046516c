/// The lanes in which scripts/test.sh runs the tests.
enum TestLanes {
  /// A lane of the script's list: `lanes=('access 3 A|B' 'rest 2 ')`.
  struct Lane: Equatable {
    let name: String
    let width: Int
    let targets: [String]
  }

  /// The lanes in their order; nil where one has no name or no width.
  static func lanes(in script: String) -> [Lane]? {
    guard let start = script.firstRange(of: "lanes=(")?.upperBound,
      let end = script[start...].firstIndex(of: ")")
    else { return nil }
    var lanes: [Lane] = []
    for text in script[start..<end].split(separator: "'") where !text.allSatisfy(\.isWhitespace) {
      let words = text.split(separator: " ")
      guard 2...3 ~= words.count, let width = Int(words[1]), width > 0 else { return nil }
      let targets = words.count == 3 ? words[2].split(separator: "|").map(String.init) : []
      lanes.append(Lane(name: String(words[0]), width: width, targets: targets))
    }
    return lanes
  }

  /// What is wrong with the lanes: nothing would show that some targets run in no lane, or in another one.
  static func faults(in script: String, _ manifest: PackageManifest) -> [String] {
    guard let lanes = lanes(in: script), let last = lanes.last else { return ["the lanes cannot be read"] }
    var faults: [String] = []
    if !last.targets.isEmpty || lanes.dropLast().contains(where: \.targets.isEmpty) {
      faults.append("the last lane, and no other, must have the rest of the targets")
    }
    let targets = lanes.flatMap(\.targets)
    faults += targets.filter { manifest.target(named: $0)?.kind != .tests }.map {
      "\($0) is no target of tests"
    }
    if Set(targets).count < targets.count { faults.append("a target is in two lanes") }
    return faults
  }
}
