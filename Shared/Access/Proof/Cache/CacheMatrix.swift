import AccessManifest

/// A cell of the cache and the command that tries it.
struct CacheProbe: Sendable {
  let cell: ProofCell
  let words: [String]
  /// What brings the connection back to where it was.
  let undo: [String]?
  /// The key that the command may have made.
  let key: String?
}

/// Every cache account x command class x key space: its own, each other service's, and one that is nobody's.
struct CacheMatrix: Sendable {
  let manifest: AccessManifest
  let probes: CacheProbes
  let run: String

  /// Keys that begin so belong to no service.
  static let nobody = "nobody:"

  /// The cells of one account.
  func probes(for account: String) -> [CacheProbe] {
    let keyed = (manifest.keyPrefixes + [Self.nobody]).flatMap { prefix in
      probes.keyed.enumerated().map { index, probe in self.probe(account, probe, prefix, index) }
    }
    return keyed + probes.keyless.map { probe(account, $0) }
  }

  /// Each command has a key of its own, so that none fails for what another left there.
  private func probe(
    _ account: String, _ probe: CacheProbes.Keyed, _ prefix: String, _ index: Int
  ) -> CacheProbe {
    let key = "\(prefix)bulkhead-probe:\(run):\(index)"
    let access = manifest.mayUse(account, keysWith: prefix)
    let isAllowed = probe.writes ? access == .readWrite : access != nil
    return CacheProbe(
      cell: ProofCell(
        .cache, account: account, object: "\(prefix)*", verb: "\(probe.commandClass) \(probe.words[0])",
        expected: isAllowed ? .allowed : .denied),
      words: probe.words.map { $0 == "{key}" ? key : $0 }, undo: nil, key: probe.writes ? key : nil)
  }

  private func probe(_ account: String, _ probe: CacheProbes.Keyless) -> CacheProbe {
    CacheProbe(
      cell: ProofCell(
        .cache, account: account, object: "server",
        verb: "\(probe.commandClass) \(probe.words.joined(separator: " "))",
        expected: probe.isAllowed ? .allowed : .denied),
      words: probe.words, undo: probe.undo, key: nil)
  }
}
