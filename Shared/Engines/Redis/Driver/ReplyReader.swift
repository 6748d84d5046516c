import CRedis
import Cache

/// Parses whole replies from bytes that arrive in pieces, with hiredis and within limits.
final class ReplyReader {
  private let reader: UnsafeMutablePointer<redisReader>
  private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
  private let budget: ReplyBudget
  private let maximumReplyBytes: Int
  private var bytesSinceReply = 0

  init(limits: RedisLimits) throws(CacheError) {
    functions = .allocate(capacity: 1)
    functions.initialize(to: Self.makeFunctions())
    guard let reader = redisReaderCreateWithFunctions(functions) else {
      functions.deallocate()
      throw .unreachable("out of memory")
    }
    budget = ReplyBudget(maximumElements: limits.replyElements)
    // The budget lives as long as this object, whose `deinit` frees the reader.
    reader.pointee.privdata = Unmanaged.passUnretained(budget).toOpaque()
    self.reader = reader
    maximumReplyBytes = limits.replyBytes
  }

  deinit {
    redisReaderFree(reader)
    functions.deallocate()
  }

  /// Adds bytes from the server.
  func feed(_ bytes: UnsafeRawBufferPointer) throws(CacheError) {
    bytesSinceReply += bytes.count
    guard bytesSinceReply <= maximumReplyBytes else { throw .replyTooLarge }
    guard redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count) == REDIS_OK
    else { throw failure() }
  }

  /// The next whole reply, or nil when more bytes are needed.
  func next() throws(CacheError) -> RESPValue? {
    var object: UnsafeMutableRawPointer?
    guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw failure() }
    guard let object else { return nil }
    bytesSinceReply = 0
    budget.reset()
    return Unmanaged<ReplyNode>.fromOpaque(object).takeRetainedValue().reply
  }

  private func failure() -> CacheError {
    if budget.isExceeded { return .replyTooLarge }
    let text = withUnsafeBytes(of: reader.pointee.errstr) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return .protocolViolation(text)
  }

  /// The callbacks that build hiredis's replies. They cannot capture, so hiredis passes their context with the task.
  private static func makeFunctions() -> redisReplyObjectFunctions {
    redisReplyObjectFunctions(
      createString: { task, text, length in
        guard let task else { return nil }
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        return ReplyNode.text(task.pointee.type, bytes).attach(to: task)
      },
      createArray: { task, count in
        guard let task, let budget = task.pointee.privdata,
          Unmanaged<ReplyBudget>.fromOpaque(budget).takeUnretainedValue().take(Int(count))
        else { return nil }
        return ReplyNode.array().attach(to: task)
      },
      createInteger: { task, number in task.map { ReplyNode.integer(number).attach(to: $0) } },
      createNil: { task in task.map { ReplyNode.null().attach(to: $0) } },
      freeObject: { object in
        guard let object else { return }
        Unmanaged<ReplyNode>.fromOpaque(object).release()
      })
  }
}
