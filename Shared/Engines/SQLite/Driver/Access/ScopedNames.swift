/// The secret names, private to this connection, of the views and triggers that may reach a base table.
///
/// SQLite passes its authorizer the name of the innermost view, trigger *or common table expression* that accesses a
/// column. So `WITH v AS (SELECT * FROM main.t) SELECT * FROM v` looks like the view `v`. Only a name that no caller
/// can guess or look up identifies this driver's own view.
struct ScopedNames {
  /// The object that a name stands for.
  enum Context: Equatable {
    /// The view of the scope's rows; only it may read the base table.
    case innerView(base: String)
    /// A trigger of this driver on the base table or on its public view.
    case trigger(base: String)
  }

  private(set) var contexts: [String: Context] = [:]
  /// The table behind each public view.
  private(set) var baseTables: [String: String] = [:]
  private let makeToken: () -> String

  /// `makeToken` must return unguessable names: 128 random bits in hexadecimal.
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

  /// Removes the secret names from a text, for messages that leave the driver.
  func redacted(_ text: String) -> String {
    var result = text
    for name in contexts.keys {
      while let range = result.firstRange(of: name) { result.replaceSubrange(range, with: "<scope>") }
    }
    return result
  }

  /// Returns 128 bits from the kernel's random generator.
  static func randomToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return String(generator.next(), radix: 16) + "_" + String(generator.next(), radix: 16)
  }
}
