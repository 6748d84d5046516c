/// The name of a cached value: `{service}:{part}:{part}`.
///
/// The engine grants rights by prefix, so the type adds the prefix and not each call. A key escapes `:` and `%` inside
/// a part (`%3A`, `%25`): two different lists of parts never give the same key.
package struct CacheKey: Sendable, Hashable {
  /// The longest key that is sent, in bytes.
  package static let maximumBytes = 512

  /// The service that the key belongs to.
  package let service: String
  /// The key as the engine stores it.
  package let rendered: String

  /// Makes a key of the service; the parts go from general to specific.
  package init(service: String, _ parts: String...) { self.init(service: service, parts: parts) }

  /// Makes a key of the service from a list of parts.
  package init(service: String, parts: [String]) {
    self.service = service
    rendered = service + ":" + parts.map(Self.escaped).joined(separator: ":")
  }

  private static func escaped(_ part: String) -> String {
    guard part.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") }) else {
      return part
    }
    return part.reduce(into: "") { text, character in
      switch character {
      case ":": text += "%3A"
      case "%": text += "%25"
      default: text.append(character)
      }
    }
  }
}

extension CacheKey: CustomStringConvertible {
  /// The rendered key.
  package var description: String { rendered }
}
