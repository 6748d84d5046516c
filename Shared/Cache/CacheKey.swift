/// The name of a cached value: `{service}:{part}:{part}`.
///
/// The prefix is what the engine's rights hang on, so it is a part of the type and not of each call's text. `:` and
/// `%` inside a part are escaped (`%3A`, `%25`): two different lists of parts never give the same key.
public struct CacheKey: Sendable, Hashable {
  /// The longest key that is sent, in bytes.
  public static let maximumBytes = 512

  /// The service that the key belongs to.
  public let service: String
  /// The key as the engine sees it.
  public let rendered: String

  /// A key of the service, from the general part to the particular one.
  public init(service: String, _ parts: String...) { self.init(service: service, parts: parts) }

  /// The same from a list.
  public init(service: String, parts: [String]) {
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
  public var description: String { rendered }
}
