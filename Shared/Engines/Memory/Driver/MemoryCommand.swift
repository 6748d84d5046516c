import Cache

/// The commands of the memory cache, parsed from the words that a Redis client would send.
enum MemoryCommand: Hashable {
  enum Condition: Hashable {
    case ifAbsent
    case ifPresent
  }

  case ping
  case get([UInt8])
  case timeToLive([UInt8])
  case exists([[UInt8]])
  case set([UInt8], value: [UInt8], timeToLiveMilliseconds: Int64?, condition: Condition?)
  case delete([[UInt8]])
  case increment([UInt8])
  case expire([UInt8], seconds: Int64)

  /// The access that the command needs on its keys; nil when it has no keys.
  var access: CacheRights.Access? {
    switch self {
    case .ping: nil
    case .get, .timeToLive, .exists: .read
    case .set, .delete, .increment, .expire: .readWrite
    }
  }

  var keys: [[UInt8]] {
    switch self {
    case .ping: []
    case .get(let key), .timeToLive(let key), .increment(let key): [key]
    case .set(let key, _, _, _), .expire(let key, _): [key]
    case .exists(let keys), .delete(let keys): keys
    }
  }
}
