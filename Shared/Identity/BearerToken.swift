import HTTP

/// What a request brings as its proof of identity (RFC 6750, section 2.1).
enum BearerToken: Hashable {
  case missing
  /// Several `Authorization` fields, another scheme, or anything after the token.
  case unreadable
  case token(String)

  init(_ headers: Headers) {
    let fields = headers.values(of: "Authorization")
    guard let field = fields.first else {
      self = .missing
      return
    }
    let words = field.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count == 1, words.count == 2, words[0].lowercased() == "bearer", !words[1].isEmpty else {
      self = .unreadable
      return
    }
    self = .token(String(words[1]))
  }
}
