import CRedis
import Cache

/// A node of a reply that hiredis is still reading. The reader owns the root, and each parent owns its children.
final class ReplyNode {
  private let value: RESPValue
  private var children: [ReplyNode]?

  private init(_ value: RESPValue, children: [ReplyNode]? = nil) {
    self.value = value
    self.children = children
  }

  /// The finished reply. hiredis limits its depth.
  var reply: RESPValue { children.map { .array($0.map(\.reply)) } ?? value }

  static func text(_ type: Int32, _ bytes: UnsafeRawBufferPointer) -> ReplyNode {
    switch type {
    case REDIS_REPLY_STATUS: ReplyNode(.status(String(decoding: bytes, as: UTF8.self)))
    case REDIS_REPLY_ERROR: ReplyNode(.error(String(decoding: bytes, as: UTF8.self)))
    default: ReplyNode(.bytes(Array(bytes)))
    }
  }

  static func integer(_ number: Int64) -> ReplyNode { ReplyNode(.integer(number)) }
  static func null() -> ReplyNode { ReplyNode(.null) }
  static func array() -> ReplyNode { ReplyNode(.null, children: []) }

  /// Attaches the node to the task's parent, or returns it as the root to the reader.
  func attach(to task: UnsafePointer<redisReadTask>) -> UnsafeMutableRawPointer {
    guard let parent = task.pointee.parent?.pointee.obj else {
      return Unmanaged.passRetained(self).toOpaque()
    }
    Unmanaged<ReplyNode>.fromOpaque(parent).takeUnretainedValue().children?.append(self)
    return Unmanaged.passUnretained(self).toOpaque()
  }
}
