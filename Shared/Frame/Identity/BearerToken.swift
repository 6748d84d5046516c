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
    // Byte by byte: a token is long, and its characters mean nothing.
    let space = UInt8(ascii: " ")
    guard fields.count == 1, let end = field.utf8.firstIndex(of: space),
      field.utf8[..<end].elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 })
    else {
      self = .unreadable
      return
    }
    var token = String(field[field.utf8.index(after: end)...])
    let isOneWord = token.withUTF8 { !$0.isEmpty && !$0.contains(space) }
    self = isOneWord ? .token(token) : .unreadable
  }
}
