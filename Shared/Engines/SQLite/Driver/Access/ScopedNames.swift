/// The names, known to this connection alone, of the views and triggers through which a base table may be reached.
///
/// SQLite tells its authorizer the name of the innermost view, trigger *or common table expression* that asks for a
/// column. `WITH v AS (SELECT * FROM main.t) SELECT * FROM v` therefore looks like the view `v`, and only a name
/// that nobody can guess or look up tells ours from it.
struct ScopedNames {
  /// What a name stands for.
  enum Context: Equatable {
    /// The view with the rows of the scope; the only place from which the base table may be read.
    case innerView(base: String)
    /// A trigger of ours on the base table or on its public view.
    case trigger(base: String)
  }

  private(set) var contexts: [String: Context] = [:]
  /// The table behind each public view.
  private(set) var baseTables: [String: String] = [:]
  private let makeToken: () -> String

  /// `makeToken` must give names that cannot be guessed: 128 random bits in hexadecimal.
  init(makeToken: @escaping () -> String) {
    self.makeToken = makeToken
  }

  mutating func makeInnerView(of base: String) -> String {
    baseTables[SQLiteRights.scopedRelation(for: base)] = base
    return make(.innerView(base: base))
  }

  mutating func makeTrigger(on base: String) -> String {
    make(.trigger(base: base))
  }

  private mutating func make(_ context: Context) -> String {
    let name = "b_\(makeToken())"
    contexts[name] = context
    return name
  }

  /// A text without the secret names, for messages that leave the driver.
  func redacted(_ text: String) -> String {
    var result = text
    for name in contexts.keys {
      while let range = result.firstRange(of: name) { result.replaceSubrange(range, with: "<scope>") }
    }
    return result
  }

  /// 128 bits from the kernel's generator.
  static func randomToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return String(generator.next(), radix: 16) + "_" + String(generator.next(), radix: 16)
  }
}
