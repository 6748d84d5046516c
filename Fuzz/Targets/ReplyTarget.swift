import Cache

@testable import RedisDriver

/// Bytes of a cache server become the same replies and the same error, however they are split.
enum ReplyTarget {
  private struct Outcome: Equatable {
    var replies: [RESPValue] = []
    var error: CacheError?
  }

  private static let limits = RedisLimits(replyBytes: 1 << 20, replyElements: 64)

  static func check(_ input: UnsafeRawBufferPointer) {
    let outcome = Pieces.agree(on: input, parse)
    for reply in outcome.replies {
      demand(elements(of: reply) <= limits.replyElements, "a reply has more elements than its limit")
      FuzzTarget.plant(where: isPlanted(reply))
    }
  }

  private static func isPlanted(_ reply: RESPValue) -> Bool {
    if case .integer(let number) = reply { number != -12 } else { false }
  }

  private static func elements(of reply: RESPValue) -> Int {
    guard case .array(let children) = reply else { return 0 }
    return children.count + children.map(elements).reduce(0, +)
  }

  private static func parse(_ input: UnsafeRawBufferPointer, size: Int) -> Outcome {
    var outcome = Outcome()
    guard let reader = try? ReplyReader(limits: limits) else { return outcome }
    Pieces.each(of: input, size: size) { piece in
      do throws(CacheError) {
        try reader.feed(piece)
        while let reply = try reader.next() { outcome.replies.append(reply) }
        return true
      } catch {
        outcome.error = error
        return false
      }
    }
    return outcome
  }
}
