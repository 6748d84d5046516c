import AccessManifest
import Cache

/// A cell of the cache and the command that probes it.
struct CacheProbe: Sendable {
  let cell: ProofCell
  let words: [CacheWord]
  /// The command that restores the connection's state.
  let undo: [CacheWord]?
  /// The key that the command may have created.
  let key: CacheWord?
}

/// Every cache account x command class x key space: its own, each other service's, and one that no service owns.
struct CacheMatrix: Sendable {
  let manifest: AccessManifest
  let probes: CacheProbes
  let survey: CacheSurvey
  let run: String

  /// The prefix of keys that belong to no service.
  static let unowned = "unowned:"

  /// The cells of one account.
  func probes(for account: String) -> [CacheProbe] {
    let keyed = (manifest.keyPrefixes + [Self.unowned]).flatMap { prefix in
      probes.keyed.enumerated().map { index, probe in self.probe(account, probe, prefix, index) }
    }
    return keyed + survey.patterns.flatMap { probes(for: account, of: $0) }
      + probes.keyless.map { probe(account, $0) }
  }

  /// A pattern in the server's rules may cover a part of a key space only, which the probes of whole key spaces miss.
  private func probes(for account: String, of pattern: CacheSurvey.Pattern) -> [CacheProbe] {
    let key = pattern.key(filling: "bulkhead-probe:\(run)")
    let access = manifest.mayUse(account, keysWith: key.bytes)
    // A pattern of one key may name a real one: an empty range changes nothing.
    let writing = pattern.isOfMany ? ["SET", key, "probe", "PX", "5000"] : ["SETRANGE", key, "0", ""]
    return [
      probe(account, pattern, "read", ["GET", key], isAllowed: access != nil, key: nil),
      probe(
        account, pattern, "write", writing, isAllowed: access == .readWrite,
        key: pattern.isOfMany ? key : nil),
    ]
  }

  private func probe(
    _ account: String, _ pattern: CacheSurvey.Pattern, _ commandClass: String, _ words: [CacheWord],
    isAllowed: Bool, key: CacheWord?
  ) -> CacheProbe {
    CacheProbe(
      cell: ProofCell(
        .cache, account: account, object: pattern.text, verb: "\(commandClass) \(words[0])",
        expected: isAllowed ? .allowed : .denied),
      words: words, undo: nil, key: key)
  }

  /// Each command has a key of its own, so that the residue of one cannot make another fail.
  private func probe(
    _ account: String, _ probe: CacheProbes.Keyed, _ prefix: String, _ index: Int
  ) -> CacheProbe {
    let key = CacheWord("\(prefix)bulkhead-probe:\(run):\(index)")
    let access = manifest.mayUse(account, keysWith: Array(prefix.utf8))
    let isAllowed =
      switch probe.need {
      case .read: access != nil
      case .write: access == .readWrite
      case .never: false
      }
    return CacheProbe(
      cell: ProofCell(
        .cache, account: account, object: "\(prefix)*", verb: "\(probe.commandClass) \(probe.words[0])",
        expected: isAllowed ? .allowed : .denied),
      words: probe.words.map { $0 == "{key}" ? key : CacheWord($0) }, undo: nil,
      key: probe.need == .write ? key : nil)
  }

  private func probe(_ account: String, _ probe: CacheProbes.Keyless) -> CacheProbe {
    CacheProbe(
      cell: ProofCell(
        .cache, account: account, object: "server",
        verb: "\(probe.commandClass) \(probe.words.joined(separator: " "))",
        expected: probe.residue != nil ? .open : probe.isAllowed ? .allowed : .denied, residue: probe.residue),
      words: probe.words.map { CacheWord($0) }, undo: probe.undo?.map { CacheWord($0) }, key: nil)
  }
}
