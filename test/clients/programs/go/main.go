// Writes to a customer with what openapi-generator made of the document, and prints what came.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sort"
	"time"

	openapi "example.com/chat4all/client"
)

func must[T any](value T, _ any, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	configuration := openapi.NewConfiguration()
	configuration.Servers = openapi.ServerConfigurations{{URL: os.Getenv("API_URL")}}
	api := openapi.NewAPIClient(configuration)
	ctx := context.WithValue(context.Background(), openapi.ContextAccessToken, os.Getenv("API_KEY"))
	account := os.Getenv("ACCOUNT_ID")

	text := openapi.NewSendMessageRequest(account, os.Getenv("CUSTOMER"), os.Getenv("TEXT"))
	first := must(api.MessagesAPI.SendMessage(ctx).SendMessageRequest(*text).Execute())
	content := openapi.NewTextContent("text", os.Getenv("OTHER_TEXT"))
	message := openapi.NewUnifiedSendRequest(openapi.TextContentAsMessageContent(content))
	message.SetConversationId(first.ConversationId)
	second := must(api.MessagesAPI.SendUnifiedMessage(ctx).UnifiedSendRequest(*message).Execute())

	untilSent := func(id string) string {
		for range 200 {
			status := must(api.MessagesAPI.GetMessageStatus(ctx, id).Execute()).Status
			if status != "pending" {
				return string(status)
			}
			time.Sleep(100 * time.Millisecond)
		}
		return "pending"
	}
	statuses := []string{untilSent(first.MessageId), untilSent(second.MessageId)}

	listed := false
	list := must(api.ConversationsAPI.ListConversations(ctx).AccountId(account).Limit(100).Execute())
	for _, each := range list.Data {
		listed = listed || each.ConversationId == first.ConversationId
	}
	history := must(api.ConversationsAPI.ListMessages(ctx, first.ConversationId).Execute()).Data
	sort.Slice(history, func(a, b int) bool { return history[a].Position < history[b].Position })
	texts := []string{}
	for _, each := range history {
		texts = append(texts, *each.Text.Get())
	}

	_, _, err := api.MessagesAPI.GetMessage(ctx, "00000000-0000-4000-8000-000000000000").Execute()
	var problem *openapi.GenericOpenAPIError
	if !errors.As(err, &problem) {
		panic(err)
	}
	code := string(problem.Model().(openapi.ErrorResponse).Code)
	told := map[string]any{
		"message_ids":     []string{first.MessageId, second.MessageId},
		"conversation_id": first.ConversationId,
		"statuses":        statuses,
		"listed":          listed,
		"texts":           texts,
		"error":           code,
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		panic(err)
	}
}
