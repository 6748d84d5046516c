/// The requests that run at present, and whether another one may begin. It does no I/O.
///
/// The webhooks, and the users, that can get no slot are excluded from the next claim: their rows are not looked at, so
/// that a long queue of a dead endpoint, or of one user, hides no other row.
struct DeliverySlots: Sendable {
  private(set) var total = 0
  /// The deliveries whose requests run here. No claim takes them again, should their lease end meanwhile.
  var running: Set<Int64> = []
  private var byWebhook: [Int64: Int] = [:]
  private var byOwner: [Int64: Int] = [:]
  /// The failing webhooks that have a slot, and get no other.
  private var failing: Set<Int64> = []
  /// The webhooks that got no slot because of their own requests, until one of these ends.
  private var blocked: Set<Int64> = []

  /// How many more requests may begin in all.
  var room: Int { DeliveryLimits.running - total }

  /// The fair share: the slots that one user may hold at present. It falls as slots become scarce, so that those who take
  /// many leave some to the others; the requests that run are not cut.
  private var fairShare: Int { max(1, room / DeliveryLimits.freePerSlotOfOwner) }

  /// The webhooks whose rows no claim needs to look at.
  var excludedWebhooks: Set<Int64> {
    blocked.union(failing).union(byWebhook.filter { $0.value >= DeliveryLimits.runningPerWebhook }.map(\.key))
  }

  /// The users of whose webhooks no claim needs to look at any row.
  var excludedOwners: Set<Int64> { Set(byOwner.filter { $0.value >= fairShare }.map(\.key)) }

  /// Whether no claim needs to look at the rows of failing webhooks.
  var excludesFailing: Bool { failing.count >= DeliveryLimits.runningFailing }

  /// Takes a slot; false where the process, the user, the webhook or all failing ones have none left.
  mutating func take(webhook: Int64, owner: Int64, isFailing: Bool) -> Bool {
    guard room > 0, byOwner[owner, default: 0] < fairShare, !isFailing || !excludesFailing else {
      return false
    }
    let limit = isFailing ? DeliveryLimits.runningPerFailingWebhook : DeliveryLimits.runningPerWebhook
    guard byWebhook[webhook, default: 0] < limit else {
      blocked.insert(webhook)
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
    failing.remove(webhook)
  }

  private static func lower(_ counts: inout [Int64: Int], _ key: Int64) {
    guard let count = counts[key] else { return }
    counts[key] = count > 1 ? count - 1 : nil
  }
}
