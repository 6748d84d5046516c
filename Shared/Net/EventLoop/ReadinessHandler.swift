/// Whoever a loop tells that a descriptor is ready.
///
/// The loop keeps the handler alive from ``EventLoop/register(_:for:handler:)`` until it is deregistered.
package protocol ReadinessHandler: AnyObject {
  /// Called on the loop's thread. Readiness is level-triggered: what is not taken now is reported again.
  /// Now and then there is nothing to take any more: a read or a write must not block, and finding nothing is no error.
  func ready(_ readiness: Readiness)
}
