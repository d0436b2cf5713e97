package import Healing

/// What was given up, by component and kind.
package struct GapKey: Hashable {
  package enum Kind: String {
    case samplesMerged = "samples_merged"
    case errorsMerged = "errors_merged"
    case recoveriesMerged = "recoveries_merged"
    case rejectionsMerged = "rejections_merged"
    case checksDropped = "checks_dropped"
    case alertsDropped = "alerts_dropped"
    case transitionsDropped = "transitions_dropped"
    case startsDropped = "starts_dropped"
    case changesDropped = "component_changes_dropped"
    case entriesRefused = "entries_refused"
    /// Calls on components that an engine has no room for.
    case componentsRefused = "components_refused"
  }
  /// `nil` when the ledger does not know it.
  package let component: ComponentName?
  package let kind: Kind

  package init(component: ComponentName?, kind: Kind) {
    self.component = component
    self.kind = kind
  }
}
