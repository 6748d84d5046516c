import AccessManifest

/// The names of a new service in each place that names it.
struct SkeletonNames: Sendable, Equatable {
  /// `order-mail`: the service, its program and its accounts' prefix.
  let name: String
  /// `OrderMail`: its folder and the prefix of its types.
  let type: String
  /// `order_mail`: its module and the prefix of its table.
  let module: String
  /// `order_mail_items`.
  let table: String
  /// `orderMailItems`.
  let variable: String

  /// Words that would collide with a target, a program or a keyword.
  private static let reserved: Set = [
    "bulkhead", "service", "services", "schema", "runtime", "identity", "cache", "routing", "base", "tests",
    "self",
  ]

  /// The keywords, and the modules and types that every file uses: a module of such a name could not be imported, or would
  /// hide them.
  private static let wordsOfSwift: Set = [
    "actor", "any", "array", "as", "associatedtype", "async", "await", "bool", "borrowing", "break", "case",
    "catch", "character", "class", "consuming", "continue", "data", "date", "default", "defer", "deinit",
    "dictionary", "dispatch", "do", "double", "duration", "else", "enum", "error", "extension", "fallthrough",
    "false", "fileprivate", "float", "for", "foundation", "func", "glibc", "guard", "if", "import", "in",
    "init", "inout", "int", "internal", "is", "let", "macro", "main", "module", "never", "nil", "nonisolated",
    "open", "operator", "optional", "package", "precedencegroup", "private", "protocol", "public", "repeat",
    "result", "rethrows", "return", "self", "sending", "set", "some", "static", "string", "struct",
    "subscript", "substring", "super", "swift", "switch", "task", "testing", "throw", "throws", "true", "try",
    "typealias", "var", "void", "where", "while", "yield",
  ]

  init(_ name: String) throws {
    let words = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard AccountName.isValid(name), words.allSatisfy({ $0.first?.isLetter == true }), name.utf8.count <= 30
    else {
      throw ToolError(
        "'\(name)' is no name of a service: up to 30 of a-z, 0-9 and -, each word beginning with a letter")
    }
    guard !Self.reserved.contains(name) else {
      throw ToolError("'\(name)' is the name of a part of the project")
    }
    guard !Self.wordsOfSwift.contains(name) else {
      throw ToolError("'\(name)' is a word of Swift, which cannot name a module: choose another name")
    }
    self.name = name
    type = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    module = words.joined(separator: "_")
    table = "\(module)_items"
    variable = "\(type.prefix(1).lowercased())\(type.dropFirst())Items"
  }
}
