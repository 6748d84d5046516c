/// Two patterns of one account that cover one table.
///
/// Each engine has one right for each table and verb, so a second grant with other limits would leave it open which of the
/// two takes effect. A second grant with the same limits is none.
extension ManifestParser {
  /// The grants without those that repeat another one. Reports those that contradict another one.
  mutating func withoutRepeated(_ grants: [PlacedGrant]) -> [PlacedGrant] {
    guard grants.contains(where: \.isOfPattern) else { return grants }
    if source == .named { reportOverlaps(among: grants) }
    var first: [GrantPlace: PlacedGrant] = [:]
    var reported: Set<[String]> = []
    var kept: [PlacedGrant] = []
    for placed in grants {
      let key = GrantPlace(holder: "", table: placed.grant.table, verb: placed.grant.verb)
      guard let other = first[key] else {
        first[key] = placed
        kept.append(placed)
        continue
      }
      let names = [other.pattern ?? "", placed.pattern ?? "", placed.grant.verb.rawValue]
      if other.grant != placed.grant, reported.insert(names).inserted {
        report(other, placed, on: "'\(placed.grant.table)'")
      }
    }
    return kept
  }

  /// Reports patterns that cover the same tables of any database: one begins with the other, neither has
  /// exceptions, and no entry names a table of both.
  private mutating func reportOverlaps(among grants: [PlacedGrant]) {
    let named = grants.map(\.grant.table).filter { !$0.hasByte(of: "*") }
    var stems: [PatternStem: PlacedGrant] = [:]
    for placed in grants {
      if let stem = PatternStem(placed) { stems[stem] = placed }
    }
    for placed in grants {
      guard let stem = PatternStem(placed), let pattern = placed.pattern else { continue }
      for shorter in stem.shorter {
        guard let other = stems[shorter], !other.grant.hasLimits(of: placed.grant),
          !named.contains(where: NamePattern(pattern).matches)
        else { continue }
        report(other, placed, on: "the tables of '\(pattern)'")
      }
    }
  }

  private mutating func report(_ first: PlacedGrant, _ second: PlacedGrant, on tables: String) {
    let patterns = [first, second].map { "'\($0.pattern ?? $0.grant.table)'" }.joined(separator: " and ")
    reader.report(
      second.place,
      "\(patterns) both grant '\(second.grant.verb.rawValue)' on \(tables), with different limits: name it in 'except' "
        + "of one of them, or in an entry of its own")
  }
}

/// What the names begin with that a pattern covers, for one verb.
private struct PatternStem: Hashable {
  let verb: TableVerb
  let hasSchema: Bool
  let bytes: ArraySlice<UInt8>

  private init(_ stem: PatternStem, bytes: ArraySlice<UInt8>) {
    verb = stem.verb
    hasSchema = stem.hasSchema
    self.bytes = bytes
  }

  init?(_ placed: PlacedGrant) {
    guard let pattern = placed.pattern, pattern.utf8.last == UInt8(ascii: "*") else { return nil }
    verb = placed.grant.verb
    hasSchema = pattern.hasByte(of: ".")
    bytes = Array(pattern.utf8).dropLast()
  }

  /// The stems of patterns that cover everything that this one does, and more.
  var shorter: [PatternStem] { (0..<bytes.count).map { PatternStem(self, bytes: bytes.prefix($0)) } }
}

extension TableGrant {
  fileprivate func hasLimits(of other: TableGrant) -> Bool { columns == other.columns && rows == other.rows }
}
