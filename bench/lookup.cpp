// What it takes to find one of very many subscriptions at all, in an order that no cache foresees: the
// standard library's hash table, asked once for each length that a topic has.
#include "lookup.h"
#include "topics.h"

#include <string_view>
#include <unordered_set>
#include <vector>

struct topic_table {
    struct topic {
        char text[topic_bytes + 1];
        [[nodiscard]] std::string_view view() const { return {text, topic_bytes}; }
    };
    std::vector<topic> topics;
    std::unordered_set<std::string_view> known{"begin", "end"};
};

topic_table* make_topic_table(size_t topics) {
    auto* made = new topic_table;
    made->topics.resize(topics);
    made->known.reserve(topics + 2);
    for (size_t i = 0; i < topics; i++) {
        make_topic(made->topics[i].text, i);
        made->known.insert(made->topics[i].view());
    }
    return made;
}

int knows_topic(const topic_table* table, const char* topic) {
    size_t found = 0;
    for (const size_t length : {3, 5, int{topic_bytes}})
        found += table->known.count(std::string_view(topic, topic_bytes).substr(0, length));
    return found > 0;
}
