/// The JSON of an alert: in events, and as webhooks and programs receive it.
package struct AlertBody: Encodable {
  let id: LedgerID
  let component: ComponentName
  let kind: AlertRecord.Kind
  let resolved: Bool
  let status: HealthStatus
  let previousStatus: OrNull<HealthStatus>
  let message: String
  let timestamp: Timestamp

  package init(_ alert: AlertRecord) {
    id = alert.id
    component = alert.component
    kind = alert.kind
    resolved = alert.isResolved
    status = alert.status
    previousStatus = OrNull(alert.previousStatus)
    message = alert.message
    timestamp = alert.at
  }
}
