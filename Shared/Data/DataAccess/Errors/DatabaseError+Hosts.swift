extension DatabaseError {
  /// The refusal of one server.
  typealias ServerFailure = (server: ServerAddress, error: DatabaseError)

  /// One failure for several servers, with the reasons of all. A read-only server explains more than one that is gone.
  init(of failures: [ServerFailure]) {
    let readOnly = failures.first { $0.error.kind == .readOnlyServer }
    guard let chosen = readOnly ?? failures.last else {
      self.init(.connectionRefused, operation: DatabaseError.connecting, detail: "no host is configured")
      return
    }
    self.init(chosen.error, among: failures)
  }

  /// The failure that ended a search, with the reasons of all servers.
  init(_ chosen: DatabaseError, among failures: [ServerFailure]) {
    let answers = failures.map { "\($0.server): \($0.error.shortReason)" }
    self.init(
      chosen.kind, nativeCode: chosen.nativeCode, operation: chosen.operation,
      detail: Self.list(failures.compactMap(\.error.detail)),
      servers: failures.count > 1 ? Self.list(answers) : nil)
  }

  /// The longest list of reasons in bytes, and the longest of its entries in characters: a server chooses its words.
  private static let (listBytes, entryCharacters) = (2_000, 300)

  private static func list(_ entries: [String]) -> String {
    var text = ""
    for (position, entry) in entries.enumerated() {
      let next = (text.isEmpty ? "" : "; ") + entry.prefix(entryCharacters)
      if text.utf8.count + next.utf8.count > listBytes {
        return text + "; and \(entries.count - position) more"
      }
      text += next
    }
    return text
  }

  /// The kind and the code.
  private var shortReason: String { kind.summary + (nativeCode.isEmpty ? "" : " (\(nativeCode))") }
}
