#include "middleware/reconciler.h"

#include <unordered_map>
#include <utility>

#include "connectors/icalendar/calendar_object_text.h"
#include "mappings/sha256.h"
#include "middleware/log.h"

namespace calmux {
namespace {

Result<Difference> look_closer(const postgres::KnownResource& known, const std::string& etag,
                               Destination& destination) {
  const auto there = destination.fetch(known.href);
  if (!there && there.error().kind == ErrorKind::not_found)
    return Difference{Difference::Kind::missing, known.id, known.href, ""};
  if (!there) return tl::unexpected(there.error());
  const auto normalised = icalendar::normalised(there->body);
  const bool same = normalised && sha256_hex(*normalised) == known.written_normalised;
  return Difference{same ? Difference::Kind::adopted : Difference::Kind::changed, known.id, known.href, etag};
}

}  // namespace

Result<std::vector<Difference>> compare(postgres::ObjectStore& objects, Destination& destination) {
  // What is known is read first: an object written after that is listed with an ETag that is not known yet, looks
  // changed, and its content tells that it is not.
  const auto known = objects.resources();
  if (!known) return tl::unexpected(known.error());
  if (const auto opened = destination.open(); !opened) return tl::unexpected(opened.error());
  const auto listed = destination.list();
  if (!listed) return tl::unexpected(listed.error());

  std::unordered_map<std::string, std::string> etags;
  for (const auto& resource : *listed) etags.emplace(resource.href, resource.etag);
  std::vector<Difference> differences;
  for (const auto& resource : *known) {
    const auto there = etags.find(resource.href);
    if (resource.deleted) {
      if (there != etags.end())
        differences.push_back({Difference::Kind::lingering, resource.id, resource.href, there->second});
    } else if (there == etags.end()) {
      differences.push_back({Difference::Kind::missing, resource.id, resource.href, ""});
    } else if (there->second != resource.etag) {
      auto difference = look_closer(resource, there->second, destination);
      if (!difference) return tl::unexpected(difference.error());
      differences.push_back(std::move(*difference));
    }
  }
  return differences;
}

Result<int> repair(postgres::ObjectStore& objects, const std::vector<Difference>& differences) {
  std::vector<postgres::ObjectStore::Repair> repairs;
  for (const auto& difference : differences) {
    if (difference.kind == Difference::Kind::adopted) {
      if (auto adopted = objects.adopt_etag(difference.object_id, difference.found_etag); !adopted) {
        return tl::unexpected(adopted.error());
      }
    } else {
      repairs.push_back({difference.object_id, difference.found_etag, describe(difference)});
    }
  }
  if (repairs.empty()) return 0;
  return objects.repair(repairs).map([&] { return static_cast<int>(repairs.size()); });
}

std::string describe(const Difference& difference) {
  switch (difference.kind) {
  case Difference::Kind::missing:
    return "+ " + difference.href + "  (missing in the destination, will be written)";
  case Difference::Kind::changed:
    return "~ " + difference.href + "  (changed in the destination, will be written again)";
  case Difference::Kind::lingering:
    return "- " + difference.href + "  (deleted, but in the destination, will be removed)";
  case Difference::Kind::adopted:
    return "= " + difference.href + "  (another ETag for the same content, will be noted)";
  }
  return {};
}

Reconciler::Reconciler(postgres::ObjectStore& objects, Destination& destination, DestinationGate& gate,
                       std::chrono::minutes every, std::function<void()> repaired)
    : objects_(objects),
      destination_(destination),
      gate_(gate),
      every_(every),
      repaired_(std::move(repaired)),
      thread_([this] { run(); }) {}

Reconciler::~Reconciler() {
  stopping_ = true;
  wakeup_.ring();
  thread_.join();
}

void Reconciler::run() {
  while (every_.count() > 0 && !stopping_) {
    wakeup_.wait(every_);
    if (!stopping_ && gate_.open()) once();
  }
}

void Reconciler::once() {
  const auto differences = compare(objects_, destination_);
  if (!differences) {
    log::warning("the destination could not be read in full; nothing is changed", "",
                 {{"reason", differences.error().message}});
    return;
  }
  const auto repaired = repair(objects_, *differences);
  if (!repaired) {
    log::warning("differences could not be recorded", "", {{"reason", repaired.error().message}});
    return;
  }
  for (const auto& difference : *differences)
    log::info("destination differed", "", {{"difference", describe(difference)}});
  if (*repaired > 0) repaired_();
}

}  // namespace calmux
