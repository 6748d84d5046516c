/// The tokens with which requests of users were answered lately, and the client for which each counts, in two generations.
/// When the young generation is full it becomes the old one, and tokens that were not used since are dropped. The memory is
/// bounded, and a user who uses many tokens makes no token forgotten that another user goes on using.
struct ProvenTokens {
  private var young: [Int: Int] = [:]
  private var old: [Int: Int] = [:]

  var count: Int { young.count + old.count }

  /// The client of a token; nil of a token that no request has proved.
  mutating func client(of token: Int) -> Int? {
    if let client = young[token] { return client }
    guard let client = old.removeValue(forKey: token) else { return nil }
    insert(token, of: client)
    return client
  }

  mutating func remove(_ token: Int) {
    young[token] = nil
    old[token] = nil
  }

  mutating func insert(_ token: Int, of client: Int) {
    if young.count >= ServerLimit.rememberedTokens / 2 {
      old = young
      young = [:]
    }
    young[token] = client
  }
}
