package import Healing

/// The key of merged, dropped or refused events: component and kind.
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
    case notesDropped = "notes_dropped"
    case entriesRefused = "entries_refused"
    /// Calls on components past the engine's limit.
    case componentsRefused = "components_refused"
  }
  /// `nil` when the ledger does not know the component.
  package let component: ComponentName?
  package let kind: Kind

  package init(component: ComponentName?, kind: Kind) {
    self.component = component
    self.kind = kind
  }
}
