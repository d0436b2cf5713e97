import Foundation
import Healing

/// `GET /errors/categories`
struct CategoriesResponse: Encodable {
  struct Item: Encodable {
    let id: ErrorCategory
    let name: String
  }
  let categories = ErrorCategory.allCases.map { Item(id: $0, name: $0.displayName) }
}

/// `GET /errors/severities`
struct SeveritiesResponse: Encodable {
  struct Item: Encodable {
    let id: ErrorSeverity
    let name: String
    let description: String
  }
  let severities = ErrorSeverity.allCases.map {
    Item(id: $0, name: $0.rawValue.capitalized, description: $0.explanation)
  }
}

/// `GET /health-statuses`
struct StatusesResponse: Encodable {
  struct Item: Encodable {
    let id: HealthStatus
    let name: String
    let description: String
  }
  let statuses = HealthStatus.allCases.map {
    Item(id: $0, name: $0.rawValue.capitalized, description: $0.explanation)
  }
}

extension ErrorCategory {
  fileprivate var displayName: String {
    switch self {
    case .network: "Network"
    case .api: "API"
    case .rateLimit: "Rate Limit"
    case .authentication: "Authentication"
    case .resource: "Resource"
    case .database: "Database"
    case .validation: "Validation"
    case .timeout: "Timeout"
    case .configuration: "Configuration"
    case .unknown: "Unknown"
    }
  }
}

extension ErrorSeverity {
  fileprivate var explanation: String {
    switch self {
    case .low: "Expected occasionally; count it"
    case .medium: "Investigate it when it repeats"
    case .high: "Calls fail because of it"
    case .critical: "All calls fail until an operator acts"
    }
  }
}

extension HealthStatus {
  fileprivate var explanation: String {
    switch self {
    case .healthy: "Error rate under 5 %, the health check passes, and the circuit admits calls"
    case .degraded: "Error rate from 5 % to under 20 %, slow answers, or a health check reports it"
    case .unhealthy:
      "Error rate from 20 % to 50 %, a circuit that rejects calls, or a health check reports it"
    case .critical:
      "Error rate over 50 %, a critical error among the recent ones, or a health check reports it"
    }
  }
}
