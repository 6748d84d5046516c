/// The name of a cached value: `{service}:{part}:{part}`.
///
/// The prefix is what the engine's rights hang on, so it is a part of the type and not of each call's text. `:` and
/// `%` inside a part are escaped (`%3A`, `%25`): two different lists of parts never give the same key.
package struct CacheKey: Sendable, Hashable {
  /// The longest key that is sent, in bytes.
  package static let maximumBytes = 512

  /// The service that the key belongs to.
  package let service: String
  /// The key as the engine sees it.
  package let rendered: String

  /// A key of the service, from the general part to the particular one.
  package init(service: String, _ parts: String...) { self.init(service: service, parts: parts) }

  /// The same from a list.
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
