/// Whoever a loop tells that a descriptor is ready.
///
/// The loop keeps the handler alive from ``EventLoop/register(_:for:handler:)`` until it is deregistered.
public protocol ReadinessHandler: AnyObject {
  /// Called on the loop's thread. Readiness is level-triggered: what is not taken now is reported again.
  func ready(_ readiness: Readiness)
}
