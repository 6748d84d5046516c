import AccessPlanning

/// The plans of a cluster's nodes, divided into what all need and what some need alone. Pure.
struct MariaDBNodePlans {
  /// The steps of all nodes, which the cluster executes. A step that gives an account more is not among them while another
  /// one, which closes that account or sets its password or view, concerns some nodes alone.
  let shared: AccessPlan
  /// The others, each with the name of its node.
  let apart: AccessPlan

  /// `serving` is the plan of the node that the administrator uses. `others` are the plans of the nodes that differ from it;
  /// all further nodes need what the serving one does.
  init(_ serving: AccessPlan, on name: String, others: [(node: String, plan: AccessPlan)]) {
    var common = Set(serving.steps)
    for other in others { common.formIntersection(other.plan.steps) }
    let all = [(node: name, plan: serving)] + others
    let unshared = all.flatMap { $0.plan.steps.filter { !common.contains($0) } }
    let restrained = unshared.reduce(into: Set<String>()) { $0.formUnion($1.restrained) }
    common = common.filter { step in step.widened.map(restrained.contains) != true }
    shared = AccessPlan(
      steps: serving.steps.filter(common.contains), unmended: serving.unmended, leftOut: serving.leftOut)
    apart = all.reduce(AccessPlan()) { plan, node in
      let left = AccessPlan(
        steps: node.plan.steps.filter { !common.contains($0) },
        unmended: node.plan.unmended.filter { !serving.unmended.contains($0) }, leftOut: node.plan.leftOut)
      return plan.adding(left, on: node.node)
    }
  }
}
