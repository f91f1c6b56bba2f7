//! The double of `end2end/doubles` for OpenAI and Anthropic, whose answers come from a program of others. One for each test: what is
//! scripted to fail fails for all who call.

use std::process::Child;

use serde_json::{Value, json};

use super::{Start, TestApp, browser::Browser, client, double};

pub struct AiDouble {
    facts: Value,
    /// It ends when its standard input closes, and that closes with this value.
    process: Child,
}

impl Drop for AiDouble {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

impl AiDouble {
    pub fn start() -> Self {
        let (process, facts) = double::start("openai.mjs", "@copilotkit/aimock");
        Self { facts, process }
    }

    fn fact(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap_or_else(|| panic!("the double does not name its {name}"))
    }

    pub fn base_url(&self) -> &str {
        self.fact("base_url")
    }

    pub fn key(&self) -> &str {
        self.fact("api_key")
    }

    /// An application that takes this for both providers.
    pub async fn app(&self) -> TestApp {
        let start =
            Start::default().with("OPENAI_BASE_URL", self.base_url()).with("ANTHROPIC_BASE_URL", self.base_url());
        start.app().await
    }

    /// One call of the control API.
    pub async fn control(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.fact("control_url"));
        let response = client().post(url).json(body).send().await.expect("the double answers");
        let (status, body) = super::json(response).await;
        assert_eq!(status, 200, "{path}: {body}");
    }

    /// All calls fail like this from now on, and not as before.
    pub async fn fail(&self, rule: &Value) {
        let url = format!("{}/faults", self.fact("control_url"));
        client().delete(url).send().await.expect("the double answers");
        self.control("/faults", rule).await;
    }

    /// How many calls of a path arrived.
    pub async fn calls(&self, path: &str) -> u64 {
        let url = format!("{}/log?path={path}", self.fact("control_url"));
        let (_, log) = super::json(client().get(url).send().await.expect("the double answers")).await;
        log["count"].as_u64().expect("a number")
    }

    /// Saves the key and the model of a provider, with a price and a budget in millionths of a dollar.
    pub async fn set_up(&self, browser: &Browser, provider: &str, model: &str, budget: Option<i64>) {
        let price = json!({ "model": model, "input_price_micros": 1_000_000, "output_price_micros": 1_000_000 });
        let change = json!({
            "api_key": self.key(), "model_default": model, "monthly_budget_micros": budget, "prices": [price],
        });
        let path = format!("/api/integrations/ai-providers/{provider}");
        let (status, saved) = browser.post_json(&path, &change).await;
        assert_eq!(
            (status, &saved["has_api_key"], &saved["model_default"]),
            (200, &json!(true), &json!(model)),
            "{saved}"
        );
    }
}
