/// The registered descriptors of one loop, indexed by number without hashing.
///
/// A token combines the descriptor with a registration count, so that an event for an earlier registration of the same
/// number matches no entry.
struct RegistrationTable {
  struct Registration {
    let token: UInt64
    var interest: Interest
    let handler: any ReadinessHandler
  }

  private static let descriptorBits: UInt64 = 32
  private static let countMask: UInt64 = 0x7fff_ffff

  private var slots: [Registration?] = []
  private var lastCount: UInt64 = 0
  private(set) var count = 0

  /// Adds a descriptor and returns its token, or nil when the descriptor is already registered or negative.
  mutating func insert(_ descriptor: Int32, _ interest: Interest, _ handler: any ReadinessHandler) -> UInt64?
  {
    guard descriptor >= 0 else { return nil }
    let index = Int(descriptor)
    if index >= slots.count { slots.append(contentsOf: repeatElement(nil, count: index + 1 - slots.count)) }
    guard slots[index] == nil else { return nil }
    lastCount = (lastCount + 1) & Self.countMask
    let token = lastCount << Self.descriptorBits | UInt64(UInt32(bitPattern: descriptor))
    slots[index] = Registration(token: token, interest: interest, handler: handler)
    count += 1
    return token
  }

  /// Sets the interest and returns the token; nil when the descriptor is not registered or its interest is unchanged.
  mutating func change(_ descriptor: Int32, to interest: Interest) -> UInt64? {
    let index = Int(descriptor)
    guard slots.indices.contains(index), let token = slots[index]?.token else { return nil }
    guard slots[index]?.interest != interest else { return nil }
    slots[index]?.interest = interest
    return token
  }

  /// Takes a registration out. The caller releases its handler, whose end may come back to the table.
  @discardableResult
  mutating func remove(_ descriptor: Int32) -> Registration? {
    let index = Int(descriptor)
    guard slots.indices.contains(index), let registration = slots[index] else { return nil }
    slots[index] = nil
    count -= 1
    return registration
  }

  /// Takes all registrations out; the caller releases their handlers.
  @discardableResult
  mutating func removeAll() -> [Registration?] {
    let removed = slots
    slots = []
    count = 0
    return removed
  }

  /// The registration of an event's token, or nil when it was removed or replaced.
  func registration(for token: UInt64) -> Registration? {
    let index = Int(token & UInt64(UInt32.max))
    guard index < slots.count, let registration = slots[index], registration.token == token else {
      return nil
    }
    return registration
  }
}
