/// The requests that run at present, and whether another one may begin. It does no I/O.
///
/// A webhook that gets no slot is blocked until a request of it, or of its owner, ends: its rows are not looked at
/// meanwhile, so that a long queue of a dead endpoint hides no other row.
struct DeliverySlots: Sendable {
  private(set) var total = 0
  private var byWebhook: [Int64: Int] = [:]
  private var byOwner: [Int64: Int] = [:]
  /// The failing webhooks that have a slot.
  private var failing: Set<Int64> = []
  private var blocked: Set<Int64> = []
  private var blockedFailing: Set<Int64> = []
  private var blockedByOwner: [Int64: Set<Int64>] = [:]

  /// How many more requests may begin in all.
  var room: Int { DeliveryLimits.running - total }

  /// The webhooks whose rows no claim needs to look at.
  var excluded: Set<Int64> {
    let full = byWebhook.filter { $0.value >= DeliveryLimits.runningPerWebhook }.map(\.key)
    return blockedByOwner.values.reduce(blocked.union(full).union(blockedFailing)) { $0.union($1) }
  }

  /// Takes a slot; false where the process, the user, the webhook or all failing ones have none left.
  mutating func take(webhook: Int64, owner: Int64, isFailing: Bool) -> Bool {
    guard room > 0 else { return false }
    let limit = isFailing ? DeliveryLimits.runningPerFailingWebhook : DeliveryLimits.runningPerWebhook
    guard byWebhook[webhook, default: 0] < limit else {
      blocked.insert(webhook)
      return false
    }
    guard byOwner[owner, default: 0] < DeliveryLimits.runningPerOwner else {
      blockedByOwner[owner, default: []].insert(webhook)
      return false
    }
    guard !isFailing || failing.count < DeliveryLimits.runningFailing else {
      blockedFailing.insert(webhook)
      return false
    }
    total += 1
    if isFailing { failing.insert(webhook) }
    byWebhook[webhook, default: 0] += 1
    byOwner[owner, default: 0] += 1
    return true
  }

  /// Gives a slot back.
  mutating func release(webhook: Int64, owner: Int64) {
    total -= 1
    Self.lower(&byWebhook, webhook)
    Self.lower(&byOwner, owner)
    blocked.remove(webhook)
    if failing.remove(webhook) != nil { blockedFailing = [] }
    blockedByOwner[owner] = nil
  }

  private static func lower(_ counts: inout [Int64: Int], _ key: Int64) {
    guard let count = counts[key] else { return }
    counts[key] = count > 1 ? count - 1 : nil
  }
}
