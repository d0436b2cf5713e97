// swift-tools-version: 6.2
import PackageDescription

let names = ["CSQLite", "CEvent", "CLibevent", "CCurl", "CPopt", "CLinux", "CAllocationCounter"]

let package = Package(
  name: "Other",
  products: [.library(name: "Other", targets: ["Other"])],
  targets: names.map { .target(name: $0) } + [
    .target(name: "Other", dependencies: names.map { .byName(name: $0) })
  ]
)
