import Healing
/// Routes that list categories, severities and health statuses.
struct VocabularyRoutes {
  var routes: [Route] {
    [
      Route(.get, "/api/v1/healing/errors/categories", "getErrorCategories") { _ in
        try JSONText.response(CategoriesResponse())
      },
      Route(.get, "/api/v1/healing/errors/severities", "getErrorSeverities") { _ in
        try JSONText.response(SeveritiesResponse())
      },
      Route(.get, "/api/v1/healing/health-statuses", "getHealthStatuses") { _ in
        try JSONText.response(StatusesResponse())
      },
    ]
  }
}
